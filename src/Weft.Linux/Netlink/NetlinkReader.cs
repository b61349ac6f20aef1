using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Weft.Model.Addressing;
using static Weft.Linux.Wire.NetlinkConstants;

namespace Weft.Linux.Wire;

/// <summary>Reads messages from what one receive call returned. Throws only NetlinkFormatException.</summary>
ref struct NetlinkReader(ReadOnlySpan<byte> bytes)
{
    ReadOnlySpan<byte> _rest = bytes;

    internal bool TryRead(out NetlinkMessage message)
    {
        message = default;
        if (_rest.IsEmpty)
            return false;
        if (_rest.Length < HeaderLength)
            throw new NetlinkFormatException("message header cut short");
        var length = BinaryPrimitives.ReadInt32LittleEndian(_rest);
        if (length < HeaderLength || length > _rest.Length)
            throw new NetlinkFormatException($"message of {length} bytes in a buffer of {_rest.Length}");
        message = new NetlinkMessage(_rest[..length]);
        _rest = _rest[Math.Min(Align(length), _rest.Length)..];
        return true;
    }
}

/// <summary>One message; its bytes belong to the receive buffer.</summary>
readonly ref struct NetlinkMessage(ReadOnlySpan<byte> bytes)
{
    readonly ReadOnlySpan<byte> _bytes = bytes;

    internal ushort Type => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[4..]);

    internal ushort Flags => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[6..]);

    internal uint Sequence => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[8..]);

    internal ReadOnlySpan<byte> Payload => _bytes[HeaderLength..];

    /// <summary>The family's fixed header; the attributes follow it.</summary>
    internal T Header<T>(out AttributeReader attributes)
        where T : unmanaged
    {
        var size = Unsafe.SizeOf<T>();
        var payload = Payload;
        if (payload.Length < size)
            throw new NetlinkFormatException($"{typeof(T).Name} of {size} bytes in a payload of {payload.Length}");
        attributes = new AttributeReader(payload[Math.Min(Align(size), payload.Length)..]);
        return MemoryMarshal.Read<T>(payload);
    }
}

/// <summary>Walks a run of attributes.</summary>
ref struct AttributeReader(ReadOnlySpan<byte> bytes)
{
    ReadOnlySpan<byte> _rest = bytes;

    internal bool TryRead(out NetlinkAttribute attribute)
    {
        attribute = default;
        // Fewer bytes than a header are padding, as in the kernel's nla_ok().
        if (_rest.Length < AttributeHeaderLength)
            return false;
        var length = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        if (length < AttributeHeaderLength || length > _rest.Length)
            throw new NetlinkFormatException($"attribute of {length} bytes where {_rest.Length} remain");
        var type = BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]);
        attribute = new NetlinkAttribute((ushort)(type & NLA_TYPE_MASK), _rest[AttributeHeaderLength..length]);
        _rest = _rest[Math.Min(Align(length), _rest.Length)..];
        return true;
    }
}

/// <summary>One attribute and the ways to read its value.</summary>
readonly ref struct NetlinkAttribute(ushort type, ReadOnlySpan<byte> value)
{
    readonly ReadOnlySpan<byte> _value = value;

    internal ushort Type { get; } = type;

    internal ReadOnlySpan<byte> Bytes => _value;

    internal AttributeReader Nested => new(_value);

    internal byte Byte => AtLeast(1)[0];

    internal ushort UInt16BigEndian => BinaryPrimitives.ReadUInt16BigEndian(AtLeast(2));

    internal uint UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(AtLeast(4));

    internal int Int32 => unchecked((int)UInt32);

    /// <summary>Up to the closing zero; bytes that are not UTF-8 become replacement characters.</summary>
    internal string Text
    {
        get
        {
            var end = _value.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? _value : _value[..end]);
        }
    }

    internal IPAddress Address => _value.Length is 4 or 16
        ? new IPAddress(_value)
        : throw new NetlinkFormatException($"address of {_value.Length} bytes");

    /// <summary>Null when the interface has no address of six bytes.</summary>
    internal MacAddress? Mac => _value.Length == MacAddress.Length ? MacAddress.FromBytes(_value) : null;

    ReadOnlySpan<byte> AtLeast(int count) => _value.Length >= count
        ? _value
        : throw new NetlinkFormatException($"attribute {Type} holds {_value.Length} bytes, not {count}");
}
