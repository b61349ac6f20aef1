using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Weft.Model.Addressing;

/// <summary>An Ethernet address of 48 bits, written as six lower-case hexadecimal pairs with colons.</summary>
[JsonConverter(typeof(MacAddressJsonConverter))]
public readonly record struct MacAddress(ulong Value) : ISpanParsable<MacAddress>
{
    public const int Length = 6;

    /// <summary>What the vrouter answers with for every gateway, on every node (locally administered).</summary>
    public static readonly MacAddress Gateway = new(0x02_57_45_46_54_01);

    /// <summary>True for addresses that may name one station: the group bit is clear and it is not zero.</summary>
    public bool IsUnicast => Value != 0 && (Value >> 40 & 1) == 0;

    public static MacAddress FromBytes(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Length);
        ulong value = 0;
        foreach (var b in bytes)
            value = value << 8 | b;
        return new(value);
    }

    public void CopyTo(Span<byte> bytes)
    {
        for (var i = 0; i < Length; i++)
            bytes[i] = (byte)(Value >> 8 * (Length - 1 - i));
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    public override string ToString() => string.Create(17, Value, static (text, value) =>
    {
        for (var i = 0; i < Length; i++)
        {
            ((byte)(value >> 8 * (Length - 1 - i))).TryFormat(text[(3 * i)..], out _, "x2", CultureInfo.InvariantCulture);
            if (i < Length - 1)
                text[3 * i + 2] = ':';
        }
    });

    public static MacAddress Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var result) ? result : throw new FormatException($"'{s}' is not a MAC address such as 02:42:ac:11:00:02");

    public static MacAddress Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out MacAddress result) =>
        TryParse(s.AsSpan(), provider, out result);

    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out MacAddress result)
    {
        result = default;
        if (s.Length != 17)
            return false;
        ulong value = 0;
        for (var i = 0; i < Length; i++)
        {
            if (i > 0 && s[3 * i - 1] is not (':' or '-'))
                return false;
            if (!byte.TryParse(s.Slice(3 * i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var b))
                return false;
            value = value << 8 | b;
        }
        result = new(value);
        return true;
    }
}

/// <summary>Six hexadecimal pairs with colons.</summary>
public sealed class MacAddressJsonConverter : JsonConverter<MacAddress>
{
    public override MacAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        MacAddress.TryParse(reader.GetString(), null, out var mac)
            ? mac
            : throw new JsonException("not a MAC address such as 02:42:ac:11:00:02");

    public override void Write(Utf8JsonWriter writer, MacAddress value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
