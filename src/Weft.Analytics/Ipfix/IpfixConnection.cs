using System.Net.Sockets;

namespace Weft.Analytics.Ipfix;

/// <summary>One transport session to a collector.</summary>
sealed class IpfixConnection : IDisposable
{
    /// <summary>Receive buffers of collectors hold some hundred messages; so many are sent before a pause.</summary>
    const int Burst = 32;

    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(2);

    readonly Socket _socket;
    readonly TimeProvider _time;
    int _sinceLastPause;

    IpfixConnection(Socket socket, TimeProvider time) => (_socket, _time) = (socket, time);

    /// <exception cref="SocketException"/>
    public static async Task<IpfixConnection> OpenAsync(IpfixCollector collector, TimeProvider time, CancellationToken cancellation)
    {
        var socket = collector.Transport == IpfixTransport.Udp
            ? new Socket(SocketType.Dgram, ProtocolType.Udp)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(collector.Host, collector.Port, cancellation);
            return new(socket, time);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A collector says nothing; what there is to read over TCP is the end.</summary>
    public bool IsClosed => _socket.SocketType == SocketType.Stream && _socket.Poll(0, SelectMode.SelectRead);

    /// <exception cref="SocketException"/>
    public async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        if (_socket.SocketType == SocketType.Dgram)
        {
            await _socket.SendAsync(message, cancellation);
            if (++_sinceLastPause % Burst == 0)
                await Task.Delay(s_pause, _time, cancellation);
            return;
        }
        while (message.Length > 0)
            message = message[await _socket.SendAsync(message, cancellation)..];
    }

    public void Dispose() => _socket.Dispose();
}
