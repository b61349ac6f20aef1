using System.Buffers.Binary;

namespace Weft.Analytics.Ipfix;

/// <summary>Writes values behind each other, in network order. What has no room any more is not written, and told by <see cref="IsFull"/>.</summary>
ref struct IpfixWriter(Span<byte> room)
{
    readonly Span<byte> _room = room;

    public int Written { get; private set; }

    public bool IsFull { get; private set; }

    /// <summary>Of each text, in bytes.</summary>
    public int TextLimit { get; init; } = ushort.MaxValue;

    /// <summary>Labels are left empty.</summary>
    public bool NoLabels { get; init; }

    public void UInt8(byte value)
    {
        if (TryTake(1, out var bytes))
            bytes[0] = value;
    }

    public void UInt16(ushort value)
    {
        if (TryTake(2, out var bytes))
            BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
    }

    public void UInt32(uint value)
    {
        if (TryTake(4, out var bytes))
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
    }

    public void UInt64(ulong value)
    {
        if (TryTake(8, out var bytes))
            BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
    }

    public void Bytes(scoped ReadOnlySpan<byte> value)
    {
        if (TryTake(value.Length, out var bytes))
            value.CopyTo(bytes);
    }

    /// <summary>RFC 7011 section 7; UTF-8, cut between two characters.</summary>
    public void Text(scoped ReadOnlySpan<byte> value)
    {
        var length = Math.Min(value.Length, TextLimit);
        while (length < value.Length && length > 0 && (value[length] & 0xC0) == 0x80)
            length--;
        if (length < 255)
        {
            UInt8((byte)length);
        }
        else
        {
            UInt8(255);
            UInt16((ushort)length);
        }
        Bytes(value[..length]);
    }

    /// <summary>RFC 7011 section 3.2.</summary>
    public void Specifier(IpfixElement element, uint enterprise)
    {
        UInt16(element.Space == IpfixSpace.Iana ? element.Id : (ushort)(element.Id | 0x8000));
        UInt16(element.Length);
        if (element.Space != IpfixSpace.Iana)
            UInt32(element.Space == IpfixSpace.Reverse ? IpfixElement.ReverseEnterprise : enterprise);
    }

    bool TryTake(int length, out Span<byte> bytes)
    {
        if (IsFull || length > _room.Length - Written)
        {
            IsFull = true;
            bytes = default;
            return false;
        }
        bytes = _room.Slice(Written, length);
        Written += length;
        return true;
    }
}
