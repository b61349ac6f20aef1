using System.Net;
using System.Net.Sockets;

namespace Weft.Kernel.Tests.Outside;

/// <summary>A TCP connection between two namespaces.</summary>
sealed class Conversation : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly Socket _client, _server;

    Conversation(Socket client, Socket server) => (_client, _server) = (client, server);

    /// <summary>The client, as the server sees it.</summary>
    internal IPEndPoint Seen => (IPEndPoint)_server.RemoteEndPoint!;

    /// <summary>Opens one to an address that leads to where the server listens.</summary>
    internal static async Task<Conversation> OpenAsync(TestNamespace from, IPEndPoint target, TestNamespace to, IPEndPoint listening)
    {
        using var limit = Limit();
        using var listener = to.Ns.ListenTcp(listening);
        var client = from.Ns.OpenSocket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await client.ConnectAsync(target, limit.Token);
            return new(client, await listener.AcceptAsync(limit.Token));
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>As many bytes both ways, and all of them arrive.</summary>
    internal async Task ExchangeAsync(int bytes = 200_000)
    {
        using var limit = Limit();
        var (sent, received) = (new byte[bytes], new byte[bytes]);
        foreach (var (from, to) in new[] { (_client, _server), (_server, _client) })
        {
            Random.Shared.NextBytes(sent);
            var sending = from.SendAsync(sent, limit.Token).AsTask();
            for (var at = 0; at < received.Length;)
            {
                var read = await to.ReceiveAsync(received.AsMemory(at), limit.Token);
                Assert.NotEqual(0, read);
                at += read;
            }
            await sending;
            Assert.Equal(sent, received);
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    static CancellationTokenSource Limit()
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        return limit;
    }
}

/// <summary>One question and one answer over UDP.</summary>
static class Question
{
    /// <returns>Who asked, as the one asked saw it.</returns>
    internal static IPEndPoint Ask(TestNamespace from, IPEndPoint target, TestNamespace to, IPEndPoint listening)
    {
        using var server = to.Ns.OpenSocket(listening.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        using var client = from.Ns.OpenSocket(target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        (server.ReceiveTimeout, client.ReceiveTimeout) = (30_000, 30_000);
        server.Bind(listening);
        client.Connect(target);
        client.Send([1, 2, 3]);
        var buffer = new byte[16];
        EndPoint asker = new IPEndPoint(target.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        Assert.Equal(3, server.ReceiveFrom(buffer, ref asker));
        server.SendTo([4, 5], asker);
        Assert.Equal(2, client.Receive(buffer));
        return (IPEndPoint)asker;
    }
}
