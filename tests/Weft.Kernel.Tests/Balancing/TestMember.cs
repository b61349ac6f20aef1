using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Weft.Kernel.Tests.Balancing;

/// <summary>A server in a container: it tells each client its own name and whom it sees, then echoes.</summary>
sealed class TestMember : IDisposable
{
    readonly Socket[] _listeners;
    readonly List<Socket> _clients = [];

    internal TestMember(TestNamespace container, string name, ushort port)
    {
        Name = name;
        _listeners = [container.Ns.ListenTcp(new(IPAddress.Any, port)), container.Ns.ListenTcp(new(IPAddress.IPv6Any, port))];
        foreach (var listener in _listeners)
            _ = ServeAsync(listener);
    }

    internal string Name { get; }

    /// <summary>Nobody is let in any more; who is in stays.</summary>
    internal void StopListening() => Array.ForEach(_listeners, listener => listener.Dispose());

    public void Dispose()
    {
        StopListening();
        lock (_clients)
            _clients.ForEach(client => client.Dispose());
    }

    async Task ServeAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync();
                lock (_clients)
                    _clients.Add(client);
                _ = EchoAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over, or the server is.
        }
    }

    async Task EchoAsync(Socket client)
    {
        try
        {
            await client.SendAsync(Encoding.ASCII.GetBytes($"{Name} {((IPEndPoint)client.RemoteEndPoint!).Address}\n"));
            var buffer = new byte[256];
            while (await client.ReceiveAsync(buffer) is > 0 and var length)
                await client.SendAsync(buffer.AsMemory(0, length));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is gone.
        }
        finally
        {
            client.Dispose();
        }
    }
}

/// <summary>A connection that a container has opened to a virtual IP.</summary>
sealed class TestClient : IDisposable
{
    readonly Socket _socket;

    TestClient(Socket socket, string member, IPAddress seen) => (_socket, Member, Seen) = (socket, member, seen);

    /// <summary>Who answered.</summary>
    internal string Member { get; }

    /// <summary>Whom that one sees.</summary>
    internal IPAddress Seen { get; }

    /// <exception cref="SocketException">It was refused.</exception>
    internal static async Task<TestClient> OpenAsync(TestNamespace from, IPEndPoint to, IPAddress? source = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var socket = from.Ns.OpenSocket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.LingerState = new(true, 0);
            if (source is not null)
                socket.Bind(new IPEndPoint(source, 0));
            await socket.ConnectAsync(to, limit.Token);
            var words = (await LineAsync(socket, limit.Token)).Split(' ');
            return new(socket, words[0], IPAddress.Parse(words[1]));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Something goes there and back.</summary>
    internal async Task<bool> WorksAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await _socket.SendAsync("hello\n"u8.ToArray(), limit.Token);
            return await LineAsync(_socket, limit.Token) == "hello";
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    public void Dispose() => _socket.Dispose();

    static async Task<string> LineAsync(Socket socket, CancellationToken cancellation)
    {
        var (buffer, length) = (new byte[256], 0);
        while (!buffer.AsSpan(0, length).Contains((byte)'\n'))
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation);
            if (read == 0)
                throw new SocketException((int)SocketError.ConnectionReset);
            length += read;
        }
        return Encoding.ASCII.GetString(buffer, 0, length).TrimEnd('\n');
    }
}
