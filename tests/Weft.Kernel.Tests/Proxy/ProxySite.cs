using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Weft.Agent.Proxying;
using Weft.Agent.State;
using Weft.Kernel.Tests.Agent;
using Weft.Linux;
using Weft.Model.Addressing;
using Weft.Model.Proxying;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Kernel.Tests.Proxy;

/// <summary>
/// Two hosts with real vrouters, members on both, a client on the second one, and a load balancer whose proxy is a process of
/// its own, started by the agent of the first.
/// </summary>
sealed class ProxySite : IAsyncDisposable
{
    static readonly IPAddress[] VirtualIps = [IPAddress.Parse("10.1.0.200"), IPAddress.Parse("fd00:1::200")];
    static readonly IPAddress[] OwnAddresses = [IPAddress.Parse("10.1.0.201"), IPAddress.Parse("fd00:1::201")];

    readonly Topology topology = new();
    readonly TestCluster cluster = new();
    readonly List<HttpMember> members = [];
    readonly List<NodeMember> known = [];
    readonly NodeNetwork network;
    readonly Guid uid = Guid.NewGuid();
    readonly Guid port = Guid.NewGuid();
    readonly ProxyReports reports = new();
    TestNamespace client = null!;
    ProxyKeeper? keeper;

    ProxySite()
    {
        A = cluster.Agent(topology, topology.Node("a"));
        B = cluster.Agent(topology, topology.Node("b"));
        A.Options = A.Options with { ProxyCommand = [Path.Combine(AppContext.BaseDirectory, "weftd"), "proxy", "--log-level", "Warning"] };
        network = cluster.Network("front", 100, ["10.1.0.0/24", "fd00:1::/64"]);
    }

    internal TestAgent A { get; }

    internal TestAgent B { get; }

    internal WaitingRequests Waiting { get; } = new();

    internal string ClientAddress { get; private set; } = "";

    internal string Namespace => ProxyKeeper.NamespaceOf(A.Options.NodeName, uid);

    internal IEnumerable<string> Faults => reports.Faults.Values;

    /// <summary>Requests of both members.</summary>
    internal ulong Requests => reports.Counts.Aggregate(0UL, (sum, count) => sum + count.Value.Total);

    internal static async Task<ProxySite> StartAsync()
    {
        var site = new ProxySite();
        try
        {
            site.A.Start();
            site.B.Start();
            await site.ServeAsync(site.A, "web1");
            await site.ServeAsync(site.B, "web2");
            site.client = site.topology.Container("client");
            site.ClientAddress = (await site.B.AttachAsync(site.client, "front")).Addresses[0].Address.ToString();
            site.StartKeeper();
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>As the server tells it: the load balancer, on the first node with its port.</summary>
    internal void Tell(params Listener[] listeners)
    {
        var balancer = new NodeBalancer(
            uid, "default", "web", network.Uid, [.. VirtualIps], 1, [.. listeners], [new("default", Pool.RoundRobin, 0, null, [.. known])]);
        var own = new NodePort(
            port, "default", "lb-web", network.Uid, new MacAddress(0x02_00_00_00_ff_01), [.. OwnAddresses], 1, [], null, "load-balancer", 1);
        cluster.Change(state => state with
        {
            Balancers = state.Balancers.SetItem(uid, balancer),
            Ports = state.Ports.SetItem(port, own),
        });
    }

    internal void Forget() => cluster.Change(state => state with
    {
        Balancers = state.Balancers.Remove(uid),
        Ports = state.Ports.Remove(port),
    });

    internal static Listener Http(ushort at = 80, HttpHandling? http = null) =>
        new() { Name = $"http-{at}", Protocol = Listener.HttpProtocol, Ports = new(at, at), Pool = "default", Http = http };

    /// <summary>Who answered a new connection of the client; what went wrong in brackets.</summary>
    internal string Ask(bool v6 = false) => Task.Run(() => AskAsync(v6)).GetAwaiter().GetResult();

    internal async Task<string> AskAsync(bool v6 = false, string path = "/")
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var address = VirtualIps[v6 ? 1 : 0];
                var socket = client.Ns.OpenSocket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(address, 80, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        try
        {
            http.Timeout = TimeSpan.FromSeconds(20);
            return await http.GetStringAsync(new Uri($"http://shop.test{path}"), TestContext.Current.CancellationToken);
        }
        // A reset right after connecting comes as it is: HttpClient asks the socket for its other end.
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or SocketException)
        {
            return $"({(failure as SocketException ?? failure.InnerException as SocketException)?.SocketErrorCode.ToString() ?? failure.Message})";
        }
    }

    internal ProxyStatus? Status()
    {
        try
        {
            return JsonSerializer.Deserialize(
                File.ReadAllBytes(Path.Combine(A.Options.ProxyDirectory, "status", $"{uid}.json")), ProxyJson.Default.ProxyStatus);
        }
        catch (IOException)
        {
            return null;
        }
    }

    internal void StartKeeper()
    {
        keeper = new(A.Options, A.State, A.Status, A.Attacher, reports, TimeProvider.System, A.Lines.CreateLogger<ProxyKeeper>());
        keeper.StartAsync(CancellationToken.None);
    }

    internal async Task KillAgentAsync()
    {
        await keeper!.StopAsync(CancellationToken.None);
        keeper.Dispose();
        keeper = null;
        await A.KillAsync();
    }

    internal void StartAgent()
    {
        A.Start();
        StartKeeper();
    }

    /// <summary>Those that serve the first node's folder.</summary>
    internal int[] Proxies()
    {
        var mine = $"--state\0{A.Options.ProxyDirectory}\0";
        return
        [
            .. Directory.EnumerateDirectories("/proc").Select(path => int.TryParse(Path.GetFileName(path), out var pid) ? pid : 0)
                .Where(pid => pid != 0 && pid != Environment.ProcessId && CommandLine(pid).EndsWith(mine, StringComparison.Ordinal)
                    && !CommandLine(pid).StartsWith("/bin/sh", StringComparison.Ordinal)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        if (keeper is not null)
            await KillAgentAsync();
        foreach (var pid in Proxies())
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
            await process.WaitForExitAsync();
        }
        NetNs.Delete(Namespace);
        members.ForEach(member => member.Dispose());
        await cluster.DisposeAsync();
        topology.Dispose();
    }

    async Task ServeAsync(TestAgent agent, string name)
    {
        var container = topology.Container(name);
        var attachment = await agent.AttachAsync(container, "front", name);
        known.Add(new(attachment.Port, 8080, 1, 0));
        foreach (var address in attachment.Addresses)
            members.Add(new(container.Ns, new(address.Address, 8080), name) { Waiting = Waiting });
    }

    static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
