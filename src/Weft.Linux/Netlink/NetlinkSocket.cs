using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using Weft.Linux.Interop;
using static Weft.Linux.Interop.LibcConstants;
using static Weft.Linux.Wire.NetlinkConstants;

namespace Weft.Linux.Wire;

/// <summary>A NETLINK_ROUTE socket: whole datagrams to and from the kernel.</summary>
/// <remarks>
/// The kernel answers a route request within send(), so receiving never waits for long; the time limit only keeps a
/// broken kernel from hanging the agent. The receive buffer bounds how many acknowledgements may be under way.
/// </remarks>
sealed class NetlinkSocket : IDisposable
{
    const int BufferBytes = 2 << 20;
    readonly SafeFd _fd;
    byte[] _receive = new byte[32 << 10];

    /// <summary>Opens the socket in the calling thread's namespace.</summary>
    internal NetlinkSocket()
    {
        _fd = Open();
        SetOption(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1, "ask for strict netlink checks");
        SetOption(SOL_NETLINK, NETLINK_CAP_ACK, 1, "ask for short netlink acknowledgements");
        var limit = new Timeval { Seconds = 10 };
        LinuxException.ThrowIfNegative(
            Libc.SetSockOpt(_fd, SOL_SOCKET, SO_RCVTIMEO, in limit, Unsafe.SizeOf<Timeval>()), "limit netlink waits");
    }

    /// <summary>Opens a bound socket with extended acknowledgements and room to receive.</summary>
    // The namespace is the socket's; of which family it is does not matter to the kernel.
    internal void SwitchOffloadsOff(string link, ReadOnlySpan<string> features) =>
        Offloads.SwitchOff(_fd, link, features);

    internal static SafeFd Open()
    {
        var fd = SafeFd.Own(
            Libc.Socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "open netlink socket");
        try
        {
            var address = new SockaddrNl { Family = AF_NETLINK };
            LinuxException.ThrowIfNegative(
                Libc.Bind(fd, in address, Unsafe.SizeOf<SockaddrNl>()), "bind netlink socket");
            SetOption(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1, "ask for extended netlink errors");
            SetBuffer(fd, BufferBytes);
            SetOption(fd, SOL_SOCKET, SO_SNDBUFFORCE, BufferBytes, "size netlink send buffer");
            return fd;
        }
        catch
        {
            fd.Dispose();
            throw;
        }
    }

    internal static void SetBuffer(SafeFd fd, int bytes) =>
        SetOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes, "size netlink receive buffer");

    internal static void SetOption(SafeFd fd, int level, int option, int value, string operation) =>
        LinuxException.ThrowIfNegative(Libc.SetSockOpt(fd, level, option, in value, sizeof(int)), operation);

    internal void Send(ReadOnlySpan<byte> messages, string operation)
    {
        while (true)
        {
            if (Libc.Send(_fd, messages, messages.Length, 0) >= 0)
                return;
            var failure = LinuxException.Last(operation);
            if (failure.Errno != Errno.EINTR)
                throw failure;
        }
    }

    /// <summary>One datagram of the kernel, valid until the next call. Empty when the buffer had to grow: the
    /// datagram is lost, and what asked for it must be asked again.</summary>
    internal ReadOnlySpan<byte> Receive(string operation)
    {
        while (true)
        {
            var addressLength = Unsafe.SizeOf<SockaddrNl>();
            var count = Libc.ReceiveFrom(_fd, _receive, _receive.Length, MSG_TRUNC, out var sender, ref addressLength);
            if (count < 0)
            {
                var failure = LinuxException.Last(operation);
                if (failure.Errno == Errno.EINTR)
                    continue;
                throw failure;
            }
            if (sender.PortId != 0)
                continue; // not the kernel
            if (count <= _receive.Length)
                return _receive.AsSpan(0, (int)count);
            _receive = new byte[(int)BitOperations.RoundUpToPowerOf2((uint)count)];
            return [];
        }
    }

    public void Dispose() => _fd.Dispose();

    void SetOption(int level, int option, int value, string operation) => SetOption(_fd, level, option, value, operation);
}

/// <summary>The NLMSG_ERROR message: an acknowledgement when the number is zero.</summary>
readonly record struct NetlinkAck(int Errno, string? Detail)
{
    internal static NetlinkAck Decode(NetlinkMessage message)
    {
        var payload = message.Payload;
        if (payload.Length < sizeof(int))
            throw new NetlinkFormatException("acknowledgement cut short");
        var errno = BinaryPrimitives.ReadInt32LittleEndian(payload);
        // NLMSG_DONE: extended attributes follow the number; NLMSG_ERROR: they follow the echoed request.
        var skip = sizeof(int);
        if (message.Type == NLMSG_ERROR)
            skip += EchoLength(message.Flags, payload);
        var hasText = (message.Flags & NLM_F_ACK_TLVS) != 0 && skip <= payload.Length;
        return new NetlinkAck(errno < 0 ? unchecked(-errno) : 0, hasText ? Text(payload[skip..]) : null);
    }

    static int EchoLength(ushort flags, ReadOnlySpan<byte> payload)
    {
        if (payload.Length < sizeof(int) + HeaderLength)
            throw new NetlinkFormatException("acknowledgement without the request's header");
        if ((flags & NLM_F_CAPPED) != 0)
            return HeaderLength;
        var length = BinaryPrimitives.ReadInt32LittleEndian(payload[sizeof(int)..]);
        return length >= HeaderLength && length <= payload.Length - sizeof(int)
            ? Align(length)
            : throw new NetlinkFormatException($"acknowledgement of a request of {length} bytes");
    }

    static string? Text(ReadOnlySpan<byte> attributes)
    {
        var reader = new AttributeReader(attributes);
        while (reader.TryRead(out var attribute))
        {
            if (attribute.Type == NLMSGERR_ATTR_MSG)
                return attribute.Text;
        }
        return null;
    }
}
