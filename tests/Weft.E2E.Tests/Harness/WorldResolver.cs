using System.Net;
using System.Net.Sockets;
using Weft.Linux;

namespace Weft.E2E.Tests.Harness;

/// <summary>A name server on the loopback of a host, which knows the world: every name has one address.</summary>
sealed class WorldResolver : IAsyncDisposable
{
    internal const string Address = "192.0.2.80";
    const int Header = 12;
    readonly Socket _socket;
    readonly CancellationTokenSource _stop = new();
    readonly Task _serving;

    internal WorldResolver(TestHost host)
    {
        using var inside = NetNs.Open($"/run/netns/{host.Name}");
        _socket = inside.Run(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 53));
            return socket;
        });
        _serving = ServeAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
        _stop.Dispose();
    }

    async Task ServeAsync(CancellationToken cancellation)
    {
        var buffer = new byte[512];
        while (true)
        {
            var query = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), cancellation);
            await _socket.SendToAsync(Answer(buffer.AsSpan(0, query.ReceivedBytes)), query.RemoteEndPoint, cancellation);
        }
    }

    /// <summary>RFC 1035 section 4.1; to questions for A one record, to others none.</summary>
    static byte[] Answer(ReadOnlySpan<byte> query)
    {
        var end = Header;
        while (query[end] != 0)
            end += query[end] + 1;
        var isA = query[end + 2] == 1;
        byte[] header = [query[0], query[1], 0x81, 0x80, 0, 1, 0, (byte)(isA ? 1 : 0), 0, 0, 0, 0];
        byte[] record = [0xc0, Header, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, .. IPAddress.Parse(Address).GetAddressBytes()];
        return [.. header, .. query[Header..(end + 5)], .. isA ? record : []];
    }
}
