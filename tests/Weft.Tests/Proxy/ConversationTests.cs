using System.Net.WebSockets;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Weft.Model.Resources;
using Weft.Protocol.V1;
using Weft.Tests.Sync;

namespace Weft.Tests.Proxy;

/// <summary>What is more than a request and an answer: WebSocket, HTTP/2, gRPC.</summary>
public sealed class ConversationTests
{
    const ushort Port = 8080;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_web_socket_goes_on_while_the_configuration_changes()
    {
        await using var member = await Backend.StartAsync("a");
        await using var other = await Backend.StartAsync("b");
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, "web")], ProxyHost.Pool("web", member.Member())));
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new($"ws://{proxy.Address}:{Port}/ws"), Cancel);
        Assert.Equal("one", await EchoAsync(socket, "one"));

        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, "new")], ProxyHost.Pool("new", other.Member())));

        Assert.Equal("two", await EchoAsync(socket, "two"));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
        await Patience.UntilAsync(() => proxy.Status()!.Listeners.Single() is { Active: 0, Requests: 1 }, "its end being seen");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_web_socket_over_tls_ends_when_the_member_dies(bool listenerTls)
    {
        var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        var listener = listenerTls ? ProxyHost.Https(Port, "web", TestCertificate.Of("shop.test")) : ProxyHost.Http(Port, "web");
        await proxy.PutAsync(proxy.Configuration([listener], ProxyHost.Pool("web", member.Member())));
        using var socket = new ClientWebSocket();
        socket.Options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        await socket.ConnectAsync(new($"{(listenerTls ? "wss" : "ws")}://{proxy.Address}:{Port}/ws"), Cancel);
        Assert.Equal("one", await EchoAsync(socket, "one"));

        await member.KillAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => socket.ReceiveAsync(new byte[8], Cancel).Soon());
        await member.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Grpc_streams_both_ways_with_trailers_and_status(bool tls)
    {
        await using var member = await Backend.StartAsync("a", HttpProtocols.Http2);
        await using var proxy = new ProxyHost();
        var listener = tls ? ProxyHost.Https(Port, "rpc", TestCertificate.Of("rpc.test")) : ProxyHost.Http(Port, "rpc");
        await proxy.PutAsync(proxy.Configuration(
            [listener], ProxyHost.Pool("rpc", member.Member()) with { Http = new() { Protocol = HttpPool.H2c } }));
        using var channel = GrpcChannel.ForAddress(
            $"{(tls ? "https" : "http")}://rpc.test:{Port}", new() { HttpClient = proxy.Client(Port) });
        var client = new Agents.AgentsClient(channel);

        using var call = client.Sync(cancellationToken: Cancel);
        for (var number = 1UL; number <= 5; number++)
        {
            await call.RequestStream.WriteAsync(new(), Cancel);
            Assert.True(await call.ResponseStream.MoveNext(Cancel).Soon());
            Assert.Equal(number, call.ResponseStream.Current.Sequence); // each before the next is sent: nothing is held back
        }
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Cancel).Soon());
        Assert.Equal("5", call.GetTrailers().GetValue("x-count"));

        var failure = await Assert.ThrowsAsync<RpcException>(() => client.DeletePortAsync(new(), cancellationToken: Cancel).ResponseAsync);
        Assert.Equal((StatusCode.NotFound, "no such port"), (failure.StatusCode, failure.Status.Detail));
    }

    [Fact]
    public async Task One_port_in_the_clear_takes_both_versions_of_http()
    {
        await using var member = await Backend.StartAsync("a");
        await using var proxy = new ProxyHost();
        await proxy.PutAsync(proxy.Configuration([ProxyHost.Http(Port, "web")], ProxyHost.Pool("web", member.Member())));
        var client = proxy.Client(Port);
        foreach (var version in (Version[])[new(2, 0), new(1, 1)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/")
            {
                Version = version,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            Assert.Equal(version, (await client.SendAsync(request, Cancel)).Version);
        }
    }

    static async Task<string> EchoAsync(ClientWebSocket socket, string text)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Cancel);
        var buffer = new byte[64];
        var answer = await socket.ReceiveAsync(buffer, Cancel).Soon();
        return Encoding.UTF8.GetString(buffer, 0, answer.Count);
    }
}
