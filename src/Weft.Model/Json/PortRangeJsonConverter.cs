using System.Text.Json;
using System.Text.Json.Serialization;
using Weft.Model.Resources;

namespace Weft.Model.Json;

/// <summary>A port as a number or text, a range as text: <c>80</c>, <c>"80"</c>, <c>"8000-8100"</c>; always written as text.</summary>
public sealed class PortRangeJsonConverter : JsonConverter<PortRange>
{
    const string Expected = "not a port such as 80 or a range such as 8000-8100";

    public override PortRange Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
            return reader.TryGetUInt16(out var port) ? new(port, port) : throw new JsonException(Expected);
        return reader.TokenType == JsonTokenType.String && PortRange.TryParse(reader.GetString(), out var range)
            ? range
            : throw new JsonException(Expected);
    }

    public override void Write(Utf8JsonWriter writer, PortRange value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
