using System.Net;
using System.Net.Sockets;
using System.Text;
using Weft.Agent.Balancing;
using Weft.Model.Resources;

namespace Weft.Tests.Agent.Balancing;

/// <summary>Questions to real servers on loopback.</summary>
public sealed class ProberTests : IDisposable
{
    readonly Prober prober = new((family, type, protocol) => new(family, type, protocol));
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly TaskCompletionSource<string> request = new(TaskCreationOptions.RunContinuationsAsynchronously);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public ProberTests() => listener.Start();

    public void Dispose() => listener.Dispose();

    IPEndPoint Server => (IPEndPoint)listener.LocalEndpoint;

    Task<string?> Ask(HealthMonitor monitor, IPEndPoint? target = null) =>
        prober.AskAsync(new(monitor, target ?? Server, IPAddress.Parse("10.1.0.9"), 1), Token);

    /// <summary>Answers one connection with this text, and closes it.</summary>
    async Task Serve(string answer)
    {
        using var client = await listener.AcceptSocketAsync(Token);
        var buffer = new byte[4096];
        var read = 0;
        while (!Encoding.ASCII.GetString(buffer, 0, read).EndsWith("\r\n\r\n", StringComparison.Ordinal))
            read += await client.ReceiveAsync(buffer.AsMemory(read), Token);
        request.SetResult(Encoding.ASCII.GetString(buffer, 0, read));
        await client.SendAsync(Encoding.ASCII.GetBytes(answer), Token);
    }

    [Fact]
    public async Task Who_takes_connections_is_well() => Assert.Null(await Ask(new() { Type = "tcp" }));

    [Theory]
    [InlineData("tcp")]
    [InlineData("http")]
    public async Task Who_refuses_them_is_not(string type)
    {
        listener.Stop();

        Assert.Equal("connection refused", await Ask(new() { Type = type }));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", null)]
    [InlineData("HTTP/1.0 204\r\n", null)]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\n\r\n", "it answered 503")]
    [InlineData("HTTP/1.1 301 Moved\r\n\r\n", "it answered 301")]
    [InlineData("HTTP/1.1 9999 \r\n\r\n", "its answer is no HTTP")]
    [InlineData("SSH-2.0-OpenSSH\r\n", "its answer is no HTTP")]
    [InlineData("nothing", "its answer is no HTTP")]
    [InlineData("", "it closed the connection without an answer")]
    public async Task What_it_answers_is_judged(string answer, string? expected)
    {
        var serving = Serve(answer);

        Assert.Equal(expected, await Ask(new() { Type = "http" }));
        await serving;
    }

    [Fact]
    public async Task It_is_asked_as_the_monitor_says()
    {
        var serving = Serve("HTTP/1.1 418 \r\n\r\n");

        Assert.Null(await Ask(new() { Type = "http", Method = "HEAD", Path = "/healthz?deep=1", Host = "shop.example", Codes = [new(400, 420)] }));
        await serving;
        var lines = (await request.Task).Split("\r\n");
        Assert.Equal("HEAD /healthz?deep=1 HTTP/1.1", lines[0]);
        Assert.Contains("Host: shop.example", lines);
        Assert.Contains("Connection: close", lines);
    }

    [Fact]
    public async Task Without_a_host_the_members_own_address_is_asked_for()
    {
        var serving = Serve("HTTP/1.1 200 \r\n\r\n");
        await Ask(new() { Type = "http" });
        await serving;

        Assert.Contains($"Host: 10.1.0.9:{Server.Port}", (await request.Task).Split("\r\n"));
    }

    [Fact]
    public async Task Nobody_at_a_UDP_port_is_told_by_port_unreachable()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var target = (IPEndPoint)bound.LocalEndPoint!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(200);
        Assert.Null(await prober.AskAsync(new(new() { Type = "udp" }, target, IPAddress.Loopback, 1), limit.Token));

        bound.Dispose();
        Assert.Equal("connection refused", await Ask(new() { Type = "udp" }, target));
    }

    [Fact]
    public async Task Who_answers_a_datagram_is_well_at_once()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var asking = Ask(new() { Type = "udp" }, (IPEndPoint)server.LocalEndPoint!);
        var question = await server.ReceiveFromAsync(new byte[16], new IPEndPoint(IPAddress.Any, 0), Token);
        Assert.True(question.ReceivedBytes > 0);
        await server.SendToAsync(new byte[1], question.RemoteEndPoint, Token);

        Assert.Null(await asking);
    }

    [Fact]
    public async Task A_way_of_asking_that_is_not_known_is_a_fault() =>
        Assert.Equal("this version cannot ask by smtp", await Ask(new() { Type = "smtp" }));
}
