namespace Weft.Protocol.Mapping;

/// <summary>Numbers that the wire carries in 32 bits and that have fewer.</summary>
public static class WireNumbers
{
    /// <exception cref="MalformedRecordException">Above 255.</exception>
    public static byte ToByte(uint value, string field) =>
        value <= byte.MaxValue ? (byte)value : throw TooMuch(field, value, byte.MaxValue);

    /// <exception cref="MalformedRecordException">Above 65535.</exception>
    public static ushort ToUInt16(uint value, string field) =>
        value <= ushort.MaxValue ? (ushort)value : throw TooMuch(field, value, ushort.MaxValue);

    /// <exception cref="MalformedRecordException">Above 2^31 - 1.</exception>
    public static int ToInt32(uint value, string field) =>
        value <= int.MaxValue ? (int)value : throw TooMuch(field, value, int.MaxValue);

    static MalformedRecordException TooMuch(string field, uint value, uint most) => new(field, $"is {value}; at most {most} is possible");
}
