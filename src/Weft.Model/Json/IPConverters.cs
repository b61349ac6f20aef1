using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Weft.Model.Addressing;

namespace Weft.Model.Json;

/// <summary>An address as its full written form.</summary>
public sealed class IPAddressJsonConverter : JsonConverter<IPAddress>
{
    public override IPAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && AddressMath.TryParse(reader.GetString(), out var address)
            ? address
            : throw new JsonException("not an IPv4 or IPv6 address such as 10.1.0.5 or fd00:1::5");

    public override void Write(Utf8JsonWriter writer, IPAddress value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary>A prefix as address, slash and length, without host bits.</summary>
public sealed class IPNetworkJsonConverter : JsonConverter<IPNetwork>
{
    const string Expected = "not a prefix such as 10.1.0.0/24 or fd00:1::/64";

    public override IPNetwork Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException(Expected);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !AddressMath.TryParse(text[..slash], out var address) || !TryLength(text[(slash + 1)..], out var length)
            || length > AddressMath.Bits(address.AddressFamily))
            throw new JsonException(Expected);
        // The framework clears host bits in silence (from .NET 10).
        return IPNetwork.TryParse(text, out var prefix) && prefix.BaseAddress.Equals(address)
            ? prefix
            : throw new JsonException($"host bits are set: the prefix would be {Cleared(address, length)}");
    }

    public override void Write(Utf8JsonWriter writer, IPNetwork value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());

    static bool TryLength(string text, out int length)
    {
        length = 0;
        return text is { Length: > 0 and <= 3 } && text.All(char.IsAsciiDigit)
            && int.TryParse(text, out length) && (text.Length == 1 || text[0] != '0');
    }

    static string Cleared(IPAddress address, int length)
    {
        var hostBits = AddressMath.Bits(address.AddressFamily) - length;
        var number = hostBits == 128 ? UInt128.Zero : address.ToNumber() >> hostBits << hostBits;
        return $"{number.ToAddress(address.AddressFamily)}/{length}";
    }
}
