using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Weft.Linux;
using Weft.Model.Proxying;
using Weft.Model.Resources;
using Weft.Proxy;
using Weft.Tests.Proxy;

namespace Weft.Kernel.Tests.Proxy;

/// <summary>The proxy in the namespaces of load balancers: the same address and port twice, each with its own members.</summary>
public sealed class NamespaceTests : IAsyncDisposable
{
    static readonly IPAddress Virtual = IPAddress.Parse("10.0.0.1");
    static readonly IPAddress Outside = IPAddress.Parse("10.0.0.2");
    static readonly IPAddress VirtualV6 = IPAddress.Parse("fd00::1");
    static readonly IPAddress OutsideV6 = IPAddress.Parse("fd00::2");

    readonly string folder = Directory.CreateTempSubdirectory("weft-test-").FullName;
    readonly CancellationTokenSource stop = new();
    readonly Task running;

    public NamespaceTests() => running = Task.Run(() => ProxyServer.RunAsync(
        new() { StateDirectory = folder }, logging => logging.SetMinimumLevel(LogLevel.None), stop.Token));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        stop.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Two_load_balancers_with_the_same_address_do_not_meet()
    {
        using var first = new Site(folder, "one");
        using var second = new Site(folder, "two");
        first.Write(Virtual);
        second.Write(Virtual, VirtualV6);
        Eventually.True(() => first.IsActive && second.IsActive);

        Assert.Equal("one from 10.0.0.1 for 10.0.0.2", await first.AskAsync(Virtual));
        Assert.Equal("two from 10.0.0.1 for 10.0.0.2", await second.AskAsync(Virtual));
        Assert.Equal("two from 10.0.0.1 for fd00::2", await second.AskAsync(VirtualV6));
    }

    [Fact]
    public async Task A_namespace_that_comes_later_or_anew_under_its_name_is_entered()
    {
        using var site = new Site(folder, "late", connect: false);
        site.Write(Virtual);
        Eventually.True(() => site.Message?.StartsWith("network namespace ", StringComparison.Ordinal) == true);

        site.Connect();
        Eventually.True(() => site.IsActive);
        Assert.Equal("late from 10.0.0.1 for 10.0.0.2", await site.AskAsync(Virtual));

        site.Replace();
        Eventually.True(() => site.IsActive && site.TryAsk(Virtual) == "late from 10.0.0.1 for 10.0.0.2");
    }

    /// <summary>A load balancer's namespace, and one with its only client and member behind a wire.</summary>
    sealed class Site : IDisposable
    {
        readonly string name;
        readonly ProxyFolder state;
        readonly TestNamespace outside;
        readonly string insideName;
        NetNs? inside;
        HttpMember? member;

        /// <param name="connect">False: its namespace is not there yet.</param>
        public Site(string folder, string name, bool connect = true)
        {
            this.name = name;
            state = new(folder);
            outside = new($"{name}-out");
            insideName = RunName.Next(name);
            if (connect)
                Connect();
        }

        public bool IsActive => state.Status() is { State: ProxyStatus.Active };

        public string? Message => state.Status()?.Message;

        public void Connect()
        {
            inside = NetNs.Create(insideName);
            outside.Netlink.Submit(new NetlinkBatch().CreateLink(
                new VethSpec { Name = "wire", PeerName = "eth0", PeerNamespace = inside }));
            Configure(outside.Netlink, "wire", Outside, OutsideV6);
            using var netlink = Netlink.Open(inside);
            Configure(netlink, "eth0", Virtual, VirtualV6);
            member?.Dispose();
            member = new(outside.Ns, new(Outside, 8000), name);
        }

        /// <summary>As when the namespace was lost and made again.</summary>
        public void Replace()
        {
            outside.Netlink.DeleteLink(outside.Netlink.GetLink("wire"));
            inside?.Dispose();
            NetNs.Delete(insideName);
            Connect();
        }

        public void Write(params IPAddress[] addresses) => state.Write(new()
        {
            Uid = state.Uid,
            Project = "p",
            Name = name,
            Namespace = insideName,
            Addresses = addresses,
            Listeners = [new() { Name = "http", Protocol = Listener.HttpProtocol, Port = 80, Pool = "web" }],
            Pools = [new() { Name = "web", Members = [new() { Id = "m", Address = Outside, Port = 8000 }] }],
        });

        public async Task<string> AskAsync(IPAddress address)
        {
            using var client = new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellation) =>
                {
                    var socket = outside.Ns.OpenSocket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                    await socket.ConnectAsync(address, 80, cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            });
            return await client.GetStringAsync(new Uri("http://shop.test/"), TestContext.Current.CancellationToken);
        }

        public string? TryAsk(IPAddress address)
        {
            try
            {
                return Task.Run(() => AskAsync(address)).GetAwaiter().GetResult();
            }
            catch (HttpRequestException)
            {
                return null;
            }
        }

        public void Dispose()
        {
            File.Delete(state.FilePath);
            member?.Dispose();
            outside.Dispose();
            inside?.Dispose();
            NetNs.Delete(insideName);
        }

        static void Configure(Netlink netlink, string link, IPAddress v4, IPAddress v6)
        {
            var index = netlink.GetLink(link).Index;
            netlink.Submit(new NetlinkBatch()
                .SetAddress(new() { LinkIndex = index, Address = v4, PrefixLength = 24 })
                .SetAddress(new() { LinkIndex = index, Address = v6, PrefixLength = 64, NoDuplicateDetection = true })
                .SetUp(link));
        }
    }
}
