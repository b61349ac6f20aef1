using Weft.Linux.Interop;
using static Weft.Linux.Interop.LibcConstants;

namespace Weft.Linux;

/// <summary>Sends whole Ethernet frames by the interfaces of one namespace; receives nothing. Thread-safe.</summary>
public sealed class PacketSocket : IDisposable
{
    readonly SafeFd _socket;

    PacketSocket(SafeFd socket) => _socket = socket;

    /// <exception cref="LinuxException">No privilege.</exception>
    public static PacketSocket Open(NetNs ns) =>
        // Protocol 0: it receives nothing.
        new(ns.Run(() => SafeFd.Own(Libc.Socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "open packet socket")));

    /// <exception cref="LinuxException">ENODEV, ENXIO: no such interface; ENETDOWN: it is down; ENOBUFS: its queue is full.</exception>
    public unsafe void Send(int ifindex, ReadOnlySpan<byte> frame)
    {
        var to = new SockaddrLl { Family = AF_PACKET, Ifindex = ifindex };
        LinuxException.ThrowIfNegative((int)Libc.SendTo(_socket, frame, frame.Length, 0, to, sizeof(SockaddrLl)), "send frame");
    }

    public void Dispose() => _socket.Dispose();
}
