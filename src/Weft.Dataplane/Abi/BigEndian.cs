using System.Buffers.Binary;
using System.Globalization;

namespace Weft.Dataplane.Abi;

/// <summary>A <c>__be16</c>: kept in network byte order, converted on the way in and out.</summary>
public readonly record struct BigEndian16
{
    readonly ushort _raw;

    BigEndian16(ushort value) => _raw = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    /// <summary>In host byte order.</summary>
    public ushort Value => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(_raw) : _raw;

    public static implicit operator BigEndian16(ushort value) => new(value);
    public static implicit operator ushort(BigEndian16 value) => value.Value;
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A <c>__be32</c>: kept in network byte order, converted on the way in and out.</summary>
public readonly record struct BigEndian32
{
    readonly uint _raw;

    BigEndian32(uint value) => _raw = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    /// <summary>In host byte order.</summary>
    public uint Value => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(_raw) : _raw;

    public static implicit operator BigEndian32(uint value) => new(value);
    public static implicit operator uint(BigEndian32 value) => value.Value;
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
