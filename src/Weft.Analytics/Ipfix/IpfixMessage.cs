using System.Buffers.Binary;

namespace Weft.Analytics.Ipfix;

/// <summary>Writes a part of a message.</summary>
delegate void IpfixPart(ref IpfixWriter writer);

/// <summary>One message as it grows: RFC 7011 section 3.1. Parts that have no room change nothing.</summary>
sealed class IpfixMessage(int length)
{
    const int HeaderLength = 16, SetHeaderLength = 4;
    const ushort Version = 10, FirstDataSet = 256;

    readonly byte[] _bytes = new byte[length];
    int _used = HeaderLength;
    int _set;
    ushort _setId;

    public bool IsEmpty => _used == HeaderLength;

    /// <summary>Data records in it.</summary>
    public uint Records { get; private set; }

    /// <summary>Adds one record to a set, which is the open one or a new one.</summary>
    /// <param name="setId">Of data; or of templates, which each get a set of their own: nfdump 1.7.1 reads no more of options.</param>
    public bool TryAdd(ushort setId, IpfixPart part, int textLimit = ushort.MaxValue, bool noLabels = false)
    {
        var isData = setId >= FirstDataSet;
        var header = isData && setId == _setId ? 0 : SetHeaderLength;
        if (_bytes.Length - _used < header)
            return false;
        var writer = new IpfixWriter(_bytes.AsSpan(_used + header)) { TextLimit = textLimit, NoLabels = noLabels };
        part(ref writer);
        if (writer.IsFull)
            return false;
        if (header > 0)
        {
            _set = _used;
            _setId = setId;
            BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(_set), setId);
        }
        _used += header + writer.Written;
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(_set + 2), (ushort)(_used - _set));
        if (isData)
            Records++;
        return true;
    }

    /// <summary>The message; what is added next begins another one, in the same bytes.</summary>
    public ReadOnlyMemory<byte> Finish(uint exportTime, uint sequence, uint domain)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_bytes, Version);
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(2), (ushort)_used);
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(4), exportTime);
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(8), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(12), domain);
        var message = _bytes.AsMemory(0, _used);
        (_used, _set, _setId, Records) = (HeaderLength, 0, 0, 0);
        return message;
    }
}
