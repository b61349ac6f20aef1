using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Weft.Agent.Names.Wire;

/// <summary>Writes the answer to a question, and never more than the given length: what does not fit sets TC.</summary>
ref struct DnsWriter
{
    /// <summary>RFC 1035 section 2.3.4.</summary>
    internal const int MinUdpSize = 512;

    /// <summary>What we say we take and the most we send over UDP: no fragment on any path (DNS flag day 2020).</summary>
    internal const int MaxUdpSize = 1232;

    internal const int MaxTcpSize = ushort.MaxValue;

    /// <summary>
    /// Names change when containers come and go, and asking costs next to nothing: nobody shall keep an answer.
    /// </summary>
    const uint TimeToLive = 0;

    const int OptLength = 11;
    const ushort QuestionNamePointer = 0xc000 | DnsReader.HeaderLength;

    readonly Span<byte> _message;
    readonly int _limit;
    readonly bool _hasEdns;
    readonly int _code;
    ushort _answers;
    bool _truncated;

    /// <param name="message">Where to; at least <see cref="MinUdpSize"/>.</param>
    /// <param name="limit">Most octets to use.</param>
    /// <param name="query">That is answered.</param>
    /// <param name="code">Of the answer.</param>
    /// <param name="authoritative">The answer is ours, nobody else's.</param>
    internal DnsWriter(Span<byte> message, int limit, in DnsQuery query, DnsCode code, bool authoritative)
    {
        _message = message;
        _hasEdns = query.HasEdns;
        _code = (int)code;
        _limit = Math.Min(limit, message.Length) - (_hasEdns ? OptLength : 0);
        var kept = query.Flags & (DnsFlags.OpcodeMask | DnsFlags.RecursionDesired | DnsFlags.CheckingDisabled);
        var flags = DnsFlags.Response | DnsFlags.RecursionAvailable | kept | (DnsFlags)(_code & 0xf)
            | (authoritative ? DnsFlags.Authoritative : 0);
        BinaryPrimitives.WriteUInt16BigEndian(message, query.Id);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], (ushort)flags);
        message[4..DnsReader.HeaderLength].Clear();
        Length = DnsReader.HeaderLength;
        if (query.Question.IsEmpty)
            return;
        message[5] = 1;
        query.Question.CopyTo(message[Length..]);
        Length += query.Question.Length;
    }

    internal int Length { get; private set; }

    /// <summary>An A or AAAA record of the name in question.</summary>
    internal void Address(IPAddress address)
    {
        Span<byte> data = stackalloc byte[16];
        address.TryWriteBytes(data, out var length);
        var type = address.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa;
        Record(type, data[..length]);
    }

    /// <summary>A PTR record of the name in question.</summary>
    /// <param name="name">As text; ignored when it is no name.</param>
    internal void Pointer(string name)
    {
        Span<byte> data = stackalloc byte[DnsReader.MaxName];
        if (DnsName.TryToWire(name, data, out var length))
            Record(DnsType.Ptr, data[..length]);
    }

    /// <summary>Ends the message and tells its length.</summary>
    internal int Finish()
    {
        BinaryPrimitives.WriteUInt16BigEndian(_message[6..], _answers);
        if (_truncated)
            _message[2] |= (byte)((ushort)DnsFlags.Truncated >> 8);
        if (_hasEdns)
            Opt();
        return Length;
    }

    void Record(DnsType type, scoped ReadOnlySpan<byte> data)
    {
        const int Fixed = 12;
        if (_truncated || Length + Fixed + data.Length > _limit)
        {
            _truncated = true;
            return;
        }
        var at = _message[Length..];
        BinaryPrimitives.WriteUInt16BigEndian(at, QuestionNamePointer);
        BinaryPrimitives.WriteUInt16BigEndian(at[2..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(at[4..], DnsClass.Internet);
        BinaryPrimitives.WriteUInt32BigEndian(at[6..], TimeToLive);
        BinaryPrimitives.WriteUInt16BigEndian(at[10..], (ushort)data.Length);
        data.CopyTo(at[Fixed..]);
        Length += Fixed + data.Length;
        _answers++;
    }

    /// <summary>RFC 6891 section 6.1.2.</summary>
    void Opt()
    {
        var at = _message.Slice(Length, OptLength);
        at.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(at[1..], (ushort)DnsType.Opt);
        BinaryPrimitives.WriteUInt16BigEndian(at[3..], MaxUdpSize);
        at[5] = (byte)(_code >> 4);
        _message[11] = 1;
        Length += OptLength;
    }
}
