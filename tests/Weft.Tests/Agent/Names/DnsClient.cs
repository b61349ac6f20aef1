using System.Buffers.Binary;
using System.Net;
using Weft.Agent.Names.Wire;

namespace Weft.Tests.Agent.Names;

/// <summary>The asker's side, for tests: makes questions and reads answers, by the letter of RFC 1035.</summary>
static class DnsClient
{
    internal static byte[] Question(string name, DnsType type, int? edns = null, ushort id = 0x1234, ushort @class = 1)
    {
        var message = new byte[600];
        BinaryPrimitives.WriteUInt16BigEndian(message, id);
        message[2] = 0x01; // recursion desired
        message[5] = 1;
        Assert.True(DnsName.TryToWire(name, message.AsSpan(12), out var length));
        var at = 12 + length;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(at), (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(at + 2), @class);
        at += 4;
        if (edns is { } size)
        {
            message[11] = 1;
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(at + 1), (ushort)DnsType.Opt);
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(at + 3), (ushort)size);
            at += 11;
        }
        return message[..at];
    }

    internal static DnsAnswer Read(ReadOnlySpan<byte> message)
    {
        Span<byte> name = stackalloc byte[DnsReader.MaxName];
        var reader = new DnsReader(message, DnsReader.HeaderLength);
        Assert.Equal(1, BinaryPrimitives.ReadUInt16BigEndian(message[4..]));
        Assert.True(reader.TryReadName(name, out var length));
        Assert.True(DnsName.TryToText(name[..length], out var asked));
        Assert.True(reader.TryRead(4, out _));
        var addresses = new List<IPAddress>();
        var names = new List<string>();
        for (var left = BinaryPrimitives.ReadUInt16BigEndian(message[6..]); left > 0; left--)
        {
            Assert.True(reader.TryReadName(name, out length));
            Assert.True(DnsName.TryToText(name[..length], out var owner));
            Assert.Equal(asked, owner);
            Assert.True(reader.TryReadUInt16(out var type));
            Assert.True(reader.TryReadUInt16(out _));
            Assert.True(reader.TryReadUInt32(out var ttl));
            Assert.Equal(0u, ttl);
            Assert.True(reader.TryReadUInt16(out var size));
            Assert.True(reader.TryRead(size, out var data));
            if ((DnsType)type is DnsType.A or DnsType.Aaaa)
                addresses.Add(new IPAddress(data));
            else if (DnsName.TryToText(data, out var text))
                names.Add(text);
        }
        var flags = (DnsFlags)BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        var hasEdns = BinaryPrimitives.ReadUInt16BigEndian(message[10..]) == 1;
        Assert.Equal(message.Length, reader.Position + (hasEdns ? 11 : 0));
        return new(BinaryPrimitives.ReadUInt16BigEndian(message), flags, (DnsCode)(flags & DnsFlags.CodeMask), addresses, names, hasEdns);
    }
}

sealed record DnsAnswer(
    ushort Id, DnsFlags Flags, DnsCode Code, List<IPAddress> Addresses, List<string> Names, bool HasEdns)
{
    internal bool IsTruncated => (Flags & DnsFlags.Truncated) != 0;

    internal bool IsAuthoritative => (Flags & DnsFlags.Authoritative) != 0;
}
