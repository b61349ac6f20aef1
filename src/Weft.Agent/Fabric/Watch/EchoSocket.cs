using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Weft.Linux;

namespace Weft.Agent.Fabric;

/// <summary>Sends echoes from the fabric address and takes the answers, without waiting.</summary>
/// <remarks>
/// A raw socket, because the host's settings let hardly anybody open the kernel's ping sockets, and they are the host's. The
/// kernel hands it answers to echoes only.
/// </remarks>
sealed class EchoSocket : IDisposable
{
    // linux/socket.h, linux/icmp.h, linux/icmpv6.h
    const int SOL_SOCKET = 1, SO_SNDBUFFORCE = 32, SO_RCVBUFFORCE = 33, SOL_RAW = 255, ICMP_FILTER = 1, SOL_ICMPV6 = 58, ICMPV6_FILTER = 1;

    /// <summary>What is sent to neighbours that are gone waits for them, and would hold up what is sent to others.</summary>
    const int Room = 4 << 20;

    readonly Socket _socket;
    readonly EchoMessage _message;
    readonly byte[] _buffer = new byte[256];

    EchoSocket(Socket socket, EchoMessage message) => (_socket, _message) = (socket, message);

    /// <exception cref="IOException">No privilege.</exception>
    /// <exception cref="SocketException">The address is not this host's.</exception>
    internal static EchoSocket Open(NetNs ns, IPAddress own, EchoMessage message)
    {
        var isV6 = own.AddressFamily == AddressFamily.InterNetworkV6;
        var socket = ns.OpenSocket(own.AddressFamily, SocketType.Raw, isV6 ? ProtocolType.IcmpV6 : ProtocolType.Icmp);
        try
        {
            socket.Blocking = false;
            Span<byte> room = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(room, Room);
            socket.SetRawSocketOption(SOL_SOCKET, SO_SNDBUFFORCE, room);
            socket.SetRawSocketOption(SOL_SOCKET, SO_RCVBUFFORCE, room);
            Span<byte> filter = stackalloc byte[isV6 ? 32 : 4]; // a bit for each type that is not wanted
            filter.Fill(0xff);
            filter[isV6 ? 129 / 8 : 0] = isV6 ? (byte)0b1111_1101 : (byte)0b1111_1110;
            socket.SetRawSocketOption(isV6 ? SOL_ICMPV6 : SOL_RAW, isV6 ? ICMPV6_FILTER : ICMP_FILTER, filter);
            socket.Bind(new IPEndPoint(own, 0));
            return new(socket, message);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A question that cannot be sent is one without an answer.</summary>
    internal void Ask(IPAddress address, TimeSpan now)
    {
        Span<byte> message = stackalloc byte[EchoMessage.Length];
        _message.Write(message, address, now);
        try
        {
            _socket.SendTo(message, SocketFlags.None, new IPEndPoint(address, 0));
        }
        catch (SocketException)
        {
        }
    }

    /// <summary>An answer that is there, and when its question was asked; null: none is there.</summary>
    internal (IPAddress From, TimeSpan Asked)? Take()
    {
        EndPoint any = new IPEndPoint(_socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (_socket.Available > 0)
        {
            try
            {
                var length = _socket.ReceiveFrom(_buffer, ref any);
                var from = ((IPEndPoint)any).Address;
                if (_message.Read(_buffer.AsSpan(0, length), from) is { } asked)
                    return (from, asked);
            }
            catch (SocketException failure) when (failure.SocketErrorCode is SocketError.WouldBlock)
            {
                return null;
            }
            catch (SocketException)
            {
                // Longer than ours, or an error of something that was sent.
            }
        }
        return null;
    }

    public void Dispose() => _socket.Dispose();
}
