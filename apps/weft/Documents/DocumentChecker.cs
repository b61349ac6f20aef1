using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Weft.Model.Json;
using Weft.Model.Resources;
using Weft.Model.Validation;

namespace Weft.Cli.Documents;

/// <summary>
/// Holds a document against the model's types and finds every fault of form: unknown and missing fields,
/// values of the wrong type. What values mean is for the server to judge.
/// </summary>
/// <remarks>
/// Deserialization stops at the first fault, so this walks the document along the serializer's own type
/// information, and leaves only the leaves to it. Text fields that YAML took for numbers become text.
/// </remarks>
sealed class DocumentChecker(bool isYaml)
{
    readonly List<Fault> faults = [];

    public static IReadOnlyList<Fault> Check(JsonObject document, JsonTypeInfo type, bool isYaml)
    {
        var checker = new DocumentChecker(isYaml);
        checker.CheckObject(document, type, "");
        // The reader lets it pass, for the server to choose; applying twice must mean the same thing twice.
        if (!document.ContainsKey("name"))
            checker.faults.Add(new("name", "is missing"));
        return checker.faults;
    }

    void CheckObject(JsonObject map, JsonTypeInfo type, string path)
    {
        var fields = type.Properties.ToDictionary(property => property.Name);
        foreach (var (name, value) in map.ToArray())
        {
            if (!fields.TryGetValue(name, out var field))
                faults.Add(new(Join(path, name), Unknown(name, fields.Keys)));
            else if (value is null)
                CheckNull(map, field, path);
            else
                Check(value, WeftJson.Default.GetTypeInfo(field.PropertyType)!, Join(path, name));
        }
        foreach (var missing in fields.Values.Where(field => field.IsRequired && !map.ContainsKey(field.Name)))
            faults.Add(new(Join(path, missing.Name), "is missing"));
    }

    /// <summary>A field without a value is one that was not given.</summary>
    void CheckNull(JsonObject map, JsonPropertyInfo field, string path)
    {
        if (field.IsRequired)
            faults.Add(new(Join(path, field.Name), "has no value"));
        else
            map.Remove(field.Name);
    }

    void Check(JsonNode value, JsonTypeInfo type, string path)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object when value is JsonObject map:
                CheckObject(map, type, path);
                break;
            case JsonTypeInfoKind.Enumerable when value is JsonArray items:
                for (var i = 0; i < items.Count; i++)
                    CheckItem(items[i], type.ElementType!, $"{path}[{i}]");
                break;
            case JsonTypeInfoKind.Dictionary when value is JsonObject map:
                foreach (var (key, item) in map.ToArray())
                    CheckItem(item, type.ElementType!, Join(path, key));
                break;
            case JsonTypeInfoKind.None:
                CheckLeaf(value, type, path);
                break;
            default:
                faults.Add(new(path, type.Kind == JsonTypeInfoKind.Enumerable ? "must be a list" : "must have fields"));
                break;
        }
    }

    void CheckItem(JsonNode? item, Type type, string path)
    {
        if (item is null)
            faults.Add(new(path, "has no value"));
        else
            Check(item, WeftJson.Default.GetTypeInfo(type)!, path);
    }

    void CheckLeaf(JsonNode value, JsonTypeInfo type, string path)
    {
        if (isYaml && type.Type == typeof(string)
            && value.GetValueKind() is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
        {
            Replace(value, JsonValue.Create(value.ToJsonString()));
            return;
        }
        try
        {
            value.Deserialize(type);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            faults.Add(new(path, Expected(type.Type) ?? e.Message));
        }
    }

    static void Replace(JsonNode value, JsonValue text)
    {
        if (value.Parent is JsonArray items)
            items[value.GetElementIndex()] = text;
        else
            value.Parent!.AsObject()[value.GetPropertyName()] = text;
    }

    static string? Expected(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain == typeof(string) ? "must be text"
            : plain == typeof(bool) ? "must be true or false"
            : plain == typeof(uint) ? $"must be a whole number from 0 to {uint.MaxValue}"
            : plain == typeof(int) ? $"must be a whole number up to {int.MaxValue}"
            : plain == typeof(long) ? "must be a whole number"
            : plain == typeof(Guid) ? "must be a UUID"
            : plain == typeof(DateTimeOffset) ? "must be a time such as 2026-01-31T12:00:00Z"
            : plain == typeof(IPAddress) ? "must be an IPv4 or IPv6 address"
            : plain == typeof(IPNetwork) ? "must be a prefix such as 10.1.0.0/24 or fd00:1::/64, without host bits"
            : plain == typeof(PortRange) ? "must be a port such as 80 or a range such as 8000-8100"
            : null;
    }

    static string Unknown(string name, IEnumerable<string> known) =>
        Nearest.To(name, known) is { } near ? $"unknown field; did you mean '{near}'?" : "unknown field";

    static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
