using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using static Weft.Linux.Wire.NetlinkConstants;

namespace Weft.Linux.Wire;

/// <summary>Bytes of one or more messages, growing as they are written.</summary>
sealed class NetlinkBuffer
{
    byte[] _bytes = new byte[1024];

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    internal Span<byte> At(int offset) => _bytes.AsSpan(offset, Length - offset);

    internal ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    internal void Clear() => Length = 0;

    /// <summary>Appends zeroed bytes and hands them out to be filled at once.</summary>
    internal Span<byte> Append(int count)
    {
        if (Length + count > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + count));
        var span = _bytes.AsSpan(Length, count);
        span.Clear();
        Length += count;
        return span;
    }
}

/// <summary>Writes one message: a fixed header of the family, then attributes (include/uapi/linux/netlink.h).</summary>
readonly ref struct NetlinkWriter(NetlinkBuffer buffer)
{
    /// <summary>Starts a message; closing the scope writes its length.</summary>
    internal MessageScope Message(ushort type, ushort flags, uint sequence)
    {
        var start = buffer.Length;
        var header = buffer.Append(HeaderLength);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], type);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], flags);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], sequence);
        return new MessageScope(buffer, start);
    }

    /// <summary>Appends a fixed structure as it lies in memory.</summary>
    internal void Struct<T>(in T value)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
        bytes.CopyTo(buffer.Append(Align(bytes.Length)));
    }

    /// <summary>Starts an attribute that holds others; closing the scope writes its length.</summary>
    internal NestScope Nest(ushort type)
    {
        var start = buffer.Length;
        BinaryPrimitives.WriteUInt16LittleEndian(buffer.Append(AttributeHeaderLength)[2..], (ushort)(type | NLA_F_NESTED));
        return new NestScope(buffer, start);
    }

    internal void Bytes(ushort type, ReadOnlySpan<byte> value) => value.CopyTo(Attribute(type, value.Length));

    internal void Flag(ushort type) => Attribute(type, 0);

    internal void Byte(ushort type, byte value) => Attribute(type, 1)[0] = value;

    internal void UInt16BigEndian(ushort type, ushort value) =>
        BinaryPrimitives.WriteUInt16BigEndian(Attribute(type, 2), value);

    internal void UInt32(ushort type, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Attribute(type, 4), value);

    internal void Int32(ushort type, int value) => UInt32(type, unchecked((uint)value));

    /// <summary>A string with its closing zero.</summary>
    internal void Text(ushort type, string value) =>
        Encoding.UTF8.GetBytes(value, Attribute(type, Encoding.UTF8.GetByteCount(value) + 1));

    Span<byte> Attribute(ushort type, int length)
    {
        if (length > ushort.MaxValue - AttributeHeaderLength)
            throw new ArgumentException($"{length} bytes do not fit in a netlink attribute");
        var span = buffer.Append(Align(AttributeHeaderLength + length));
        BinaryPrimitives.WriteUInt16LittleEndian(span, (ushort)(AttributeHeaderLength + length));
        BinaryPrimitives.WriteUInt16LittleEndian(span[2..], type);
        return span.Slice(AttributeHeaderLength, length);
    }

    internal readonly ref struct MessageScope(NetlinkBuffer buffer, int start)
    {
        internal void Dispose() =>
            BinaryPrimitives.WriteInt32LittleEndian(buffer.At(start), buffer.Length - start);
    }

    internal readonly ref struct NestScope(NetlinkBuffer buffer, int start)
    {
        internal void Dispose() =>
            BinaryPrimitives.WriteUInt16LittleEndian(buffer.At(start), checked((ushort)(buffer.Length - start)));
    }
}
