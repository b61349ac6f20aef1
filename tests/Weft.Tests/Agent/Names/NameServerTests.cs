using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Weft.Agent.Names;
using Weft.Agent.Names.Wire;

namespace Weft.Tests.Agent.Names;

/// <summary>The whole server over the loopback, with a second one as the host's resolver.</summary>
public sealed class NameServerTests : IDisposable
{
    readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    readonly string _resolvConf = Path.GetTempFileName();
    readonly List<Socket> _sockets = [];

    public void Dispose()
    {
        _end.Cancel();
        _sockets.ForEach(socket => socket.Dispose());
        File.Delete(_resolvConf);
        _end.Dispose();
    }

    /// <returns>The UDP and TCP port it answers at.</returns>
    int Start(int resolverPort, params NodePortSpec[] ports)
    {
        File.WriteAllText(_resolvConf, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
        var network = States.Network("frontend", 100, ["10.0.0.0/8"]);
        var table = NameTable.Empty.Next(States.Index(States.Of([network], ports.Select(port =>
            States.Port(network, port.Name, port.Addresses, aliases: port.Aliases)))));
        var (udp, tcp) = Listen();
        var server = new NameServer(
            _ => network.Uid,
            () => table,
            new Forwarder(new ResolvConfFile(_resolvConf, TimeProvider.System), resolverPort),
            NullLogger<NameServer>.Instance);
        _ = server.RunAsync([udp], [tcp], _end.Token);
        return ((IPEndPoint)udp.LocalEndPoint!).Port;
    }

    (Socket Udp, Socket Tcp) Listen()
    {
        while (true)
        {
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _sockets.AddRange([udp, tcp]);
            udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            try
            {
                tcp.Bind(udp.LocalEndPoint!);
                tcp.Listen();
                return (udp, tcp);
            }
            catch (SocketException)
            {
                continue; // somebody else has that TCP port
            }
        }
    }

    async Task<DnsAnswer> AskAsync(int port, string name, bool overTcp, int? edns = null)
    {
        var question = DnsClient.Question(name, DnsType.A, edns);
        using var socket = overTcp
            ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), _end.Token);
        if (overTcp)
        {
            using var stream = new NetworkStream(socket);
            await TcpMessages.WriteAsync(stream, question, _end.Token);
            return DnsClient.Read(await TcpMessages.ReadAsync(stream, _end.Token));
        }
        await socket.SendAsync(question, _end.Token);
        var answer = new byte[4096];
        return DnsClient.Read(answer.AsSpan(0, await socket.ReceiveAsync(answer, _end.Token)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Own_names_are_answered_and_others_forwarded(bool overTcp)
    {
        var upstream = Start(1, new NodePortSpec("www.example.com", ["10.9.9.9"]));
        var port = Start(upstream, new NodePortSpec("web", ["10.1.1.1"]));
        Assert.Equal([IPAddress.Parse("10.1.1.1")], (await AskAsync(port, "web", overTcp)).Addresses);
        var forwarded = await AskAsync(port, "www.example.com", overTcp, edns: 1232);
        Assert.Equal(0x1234, forwarded.Id);
        Assert.Equal([IPAddress.Parse("10.9.9.9")], forwarded.Addresses);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_a_resolver_that_answers_the_server_says_so(bool overTcp)
    {
        var port = Start(1, new NodePortSpec("web", ["10.1.1.1"]));
        Assert.Equal(DnsCode.ServerFailure, (await AskAsync(port, "www.example.com", overTcp)).Code);
    }

    [Fact]
    public async Task What_is_cut_over_UDP_is_whole_over_TCP()
    {
        var many = Enumerable.Range(0, 100).Select(i => new NodePortSpec($"web-{i}", [$"10.1.1.{i}"], ["web"])).ToArray();
        var port = Start(1, many);
        Assert.True((await AskAsync(port, "web", overTcp: false)).IsTruncated);
        Assert.Equal(100, (await AskAsync(port, "web", overTcp: true)).Addresses.Count);
    }

    [Fact]
    public async Task Nonsense_does_not_stop_it()
    {
        var port = Start(1, new NodePortSpec("web", ["10.1.1.1"]));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), _end.Token);
        for (var length = 0; length < 40; length++)
            await socket.SendAsync(new byte[length], _end.Token);
        Assert.Single((await AskAsync(port, "web", overTcp: false)).Addresses);
    }

    internal sealed record NodePortSpec(string Name, string[] Addresses, string[]? Aliases = null);
}
