using System.Buffers.Binary;

namespace Weft.Agent.Names.Wire;

/// <summary>A question as it came in, with what its answer must take from it.</summary>
readonly ref struct DnsQuery
{
    internal ushort Id { get; init; }

    internal DnsFlags Flags { get; init; }

    /// <summary>The question section as on the wire; answers repeat it letter by letter.</summary>
    internal ReadOnlySpan<byte> Question { get; init; }

    /// <summary>Null when it cannot be a name of ours; see <see cref="DnsName"/>.</summary>
    internal string? Name { get; init; }

    internal DnsType Type { get; init; }

    internal ushort Class { get; init; }

    /// <summary>The asker speaks EDNS (RFC 6891).</summary>
    internal bool HasEdns { get; init; }

    internal byte EdnsVersion { get; init; }

    /// <summary>Octets of UDP payload that the asker takes.</summary>
    internal int UdpSize { get; init; }

    /// <summary>
    /// False: not a question at all, to be ignored. When true, <paramref name="code"/> says what is wrong
    /// with it; then only what is needed for an answer is set.
    /// </summary>
    internal static bool TryParse(ReadOnlySpan<byte> message, out DnsQuery query, out DnsCode code)
    {
        query = default;
        code = DnsCode.FormatError;
        if (message.Length < DnsReader.HeaderLength)
            return false;
        var id = BinaryPrimitives.ReadUInt16BigEndian(message);
        var flags = (DnsFlags)BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        if ((flags & DnsFlags.Response) != 0)
            return false;
        query = new() { Id = id, Flags = flags, UdpSize = DnsWriter.MinUdpSize };
        if ((flags & DnsFlags.OpcodeMask) != 0)
            code = DnsCode.NotImplemented;
        else if (Count(message, 4) == 1 && Count(message, 6) == 0)
            ParseSections(message, ref query, ref code);
        return true;
    }

    static void ParseSections(ReadOnlySpan<byte> message, ref DnsQuery query, ref DnsCode code)
    {
        var reader = new DnsReader(message, DnsReader.HeaderLength);
        Span<byte> name = stackalloc byte[DnsReader.MaxName];
        if (!reader.TryReadName(name, out var length)
            || !reader.TryReadUInt16(out var type)
            || !reader.TryReadUInt16(out var @class))
            return;
        _ = DnsName.TryToText(name[..length], out var text);
        query = new()
        {
            Id = query.Id,
            Flags = query.Flags,
            Question = message[DnsReader.HeaderLength..reader.Position],
            Name = text,
            Type = (DnsType)type,
            Class = @class,
            UdpSize = query.UdpSize,
        };
        if (TryFindEdns(message, ref reader, ref query))
            code = query.EdnsVersion == 0 ? DnsCode.NoError : DnsCode.BadVersion;
    }

    static bool TryFindEdns(ReadOnlySpan<byte> message, ref DnsReader reader, ref DnsQuery query)
    {
        for (var left = Count(message, 8) + Count(message, 10); left > 0; left--)
        {
            if (!reader.TrySkipName()
                || !reader.TryReadUInt16(out var type)
                || !reader.TryReadUInt16(out var @class)
                || !reader.TryReadUInt32(out var ttl)
                || !reader.TryReadUInt16(out var length)
                || !reader.TryRead(length, out _))
                return false;
            if ((DnsType)type != DnsType.Opt)
                continue;
            if (query.HasEdns)
                return false; // RFC 6891 section 6.1.1: at most one
            query = query.WithEdns(@class, (byte)(ttl >> 16));
        }
        return true;
    }

    DnsQuery WithEdns(int udpSize, byte version) => new()
    {
        Id = Id,
        Flags = Flags,
        Question = Question,
        Name = Name,
        Type = Type,
        Class = Class,
        HasEdns = true,
        EdnsVersion = version,
        UdpSize = Math.Max(udpSize, DnsWriter.MinUdpSize),
    };

    static int Count(ReadOnlySpan<byte> message, int offset) =>
        BinaryPrimitives.ReadUInt16BigEndian(message[offset..]);
}
