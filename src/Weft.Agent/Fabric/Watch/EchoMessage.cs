using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Weft.Agent.Fabric;

/// <summary>ICMP echo (RFC 792, RFC 4443 section 4) whose payload says whom it asks and when, under a seal that only its sender can make.</summary>
/// <remarks>
/// So nothing has to be remembered of questions, an answer counts for one address only, and nobody who did not see the
/// question can make one up.
/// </remarks>
/// <param name="key">Of this process, random.</param>
/// <param name="identifier">Of its questions: not of a range that translations use.</param>
sealed class EchoMessage(byte[] key, ushort identifier)
{
    internal const int Length = Header + TimeLength + SealLength;

    const int Header = 8, TimeLength = 8, SealLength = 8;
    const int LeastIPv4Header = 20;
    const byte RequestV4 = 8, ReplyV4 = 0, RequestV6 = 128, ReplyV6 = 129;

    ushort _sequence;

    /// <summary>A question.</summary>
    internal void Write(Span<byte> message, IPAddress to, TimeSpan now)
    {
        var isV6 = to.AddressFamily == AddressFamily.InterNetworkV6;
        message.Clear();
        message[0] = isV6 ? RequestV6 : RequestV4;
        BinaryPrimitives.WriteUInt16BigEndian(message[4..], identifier);
        BinaryPrimitives.WriteUInt16BigEndian(message[6..], ++_sequence);
        BinaryPrimitives.WriteInt64BigEndian(message[Header..], now.Ticks);
        Seal(to, message.Slice(Header, TimeLength), message[(Header + TimeLength)..]);
        if (!isV6) // the kernel makes that of ICMPv6, which covers addresses too
            BinaryPrimitives.WriteUInt16BigEndian(message[2..], Checksum(message));
    }

    /// <summary>When the question was asked that this answers; null: it is no answer to one of ours.</summary>
    /// <param name="packet">As a raw socket gives it: of IPv4 with its header.</param>
    /// <param name="from">Who sent it.</param>
    internal TimeSpan? Read(ReadOnlySpan<byte> packet, IPAddress from)
    {
        var isV6 = from.AddressFamily == AddressFamily.InterNetworkV6;
        if (!isV6)
        {
            if (packet.Length < LeastIPv4Header || (packet[0] & 15) * 4 > packet.Length)
                return null;
            packet = packet[((packet[0] & 15) * 4)..];
        }
        if (packet.Length < Length || packet[0] != (isV6 ? ReplyV6 : ReplyV4)
            || BinaryPrimitives.ReadUInt16BigEndian(packet[4..]) != identifier)
            return null;
        Span<byte> seal = stackalloc byte[SealLength];
        Seal(from, packet.Slice(Header, TimeLength), seal);
        return CryptographicOperations.FixedTimeEquals(seal, packet.Slice(Header + TimeLength, SealLength))
            ? new(BinaryPrimitives.ReadInt64BigEndian(packet[Header..]))
            : null;
    }

    void Seal(IPAddress address, ReadOnlySpan<byte> time, Span<byte> seal)
    {
        Span<byte> text = stackalloc byte[16 + TimeLength];
        address.TryWriteBytes(text, out var length);
        time.CopyTo(text[length..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, text[..(length + TimeLength)], hash);
        hash[..SealLength].CopyTo(seal);
    }

    static ushort Checksum(ReadOnlySpan<byte> message)
    {
        var sum = 0u;
        for (var i = 0; i < message.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(message[i..]);
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~(sum + (sum >> 16));
    }
}
