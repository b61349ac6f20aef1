using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weft.Cli.Output;

/// <summary>
/// Reads fields of documents that a server sent. Tolerant on purpose: a newer server may say more than this
/// program knows, and what is missing is empty.
/// </summary>
static class JsonFields
{
    public static string Text(this JsonNode? document, string field) => Text(document?[field]);

    public static string Text(this JsonNode? value) => value switch
    {
        null => "",
        JsonValue scalar when scalar.TryGetValue<string>(out var text) => text,
        JsonArray array => string.Join(",", array.Select(Text)),
        JsonObject map => string.Join(",", map.Select(pair => $"{pair.Key}={Text(pair.Value)}")),
        _ => value.ToJsonString(),
    };

    public static long Number(this JsonNode? document, string field) =>
        document?[field] is JsonValue value && value.GetValueKind() == JsonValueKind.Number
            && value.TryGetValue<long>(out var number) ? number : 0;

    public static bool Flag(this JsonNode? document, string field) =>
        document?[field] is JsonValue value && value.GetValueKind() == JsonValueKind.True;

    public static IEnumerable<JsonObject> Objects(this JsonNode? document, string field) =>
        document?[field] is JsonArray items ? items.OfType<JsonObject>() : [];

    /// <summary>How long ago, in the two greatest units at most: <c>3d4h</c>, <c>12m</c>, <c>5s</c>.</summary>
    public static string Age(this JsonNode? document, string field, TimeProvider time) =>
        DateTimeOffset.TryParse(document.Text(field), CultureInfo.InvariantCulture, out var then)
            ? Age(time.GetUtcNow() - then)
            : "";

    public static string Age(TimeSpan age) => age switch
    {
        { TotalSeconds: < 0 } => "0s",
        { TotalMinutes: < 2 } => $"{(int)age.TotalSeconds}s",
        { TotalHours: < 2 } => $"{(int)age.TotalMinutes}m",
        { TotalDays: < 2 } => $"{(int)age.TotalHours}h{age.Minutes}m",
        _ => $"{(int)age.TotalDays}d{age.Hours}h",
    };
}
