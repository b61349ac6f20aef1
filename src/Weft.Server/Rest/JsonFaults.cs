using System.Text.Json;
using System.Text.RegularExpressions;
using Weft.Model.Json;
using Weft.Model.Validation;

namespace Weft.Server.Rest;

/// <summary>What the JSON reader says, in the words of the API.</summary>
static partial class JsonFaults
{
    public static Fault Of(JsonException e, string kind)
    {
        var path = e.Path is { } full ? full.TrimStart('$').TrimStart('.') : "";
        var line = e.LineNumber is { } number ? $" (line {number + 1}, byte {e.BytePositionInLine + 1})" : "";
        return new(path, Words(WithoutPlace(e.Message), kind, path) + line);
    }

    static string Words(string message, string kind, string path)
    {
        if (Unmapped().Match(message) is { Success: true } unmapped)
            return $"'{NameRules.Shown(unmapped.Groups[1].Value)}' is not a field of {Planning.Words.Plural(kind)}";
        if (Unconvertible().Match(message) is { Success: true } wrong)
            return $"must be {TypeWords(TypeAt(kind, path)?.ToString() ?? wrong.Groups[1].Value)}";
        if (message.Contains("null", StringComparison.Ordinal) && message.Contains("does not allow", StringComparison.Ordinal))
            return "must not be null";
        return message;
    }

    /// <summary>Within a nested object the reader names the object's type, not that of the field.</summary>
    static Type? TypeAt(string kind, string path)
    {
        var type = WeftJson.OfKind(kind);
        foreach (var step in path.Split('.'))
        {
            var name = step.Split('[')[0];
            if (type?.Properties.FirstOrDefault(property => property.Name == name) is not { } field)
                return null;
            type = WeftJson.Default.GetTypeInfo(field.PropertyType);
            if (step.EndsWith(']') && type?.ElementType is { } element)
                type = WeftJson.Default.GetTypeInfo(element);
        }
        return type?.Type;
    }

    static string TypeWords(string type) => type switch
    {
        _ when type.Contains("IReadOnlyList", StringComparison.Ordinal) => "a list",
        _ when type.Contains("Dictionary", StringComparison.Ordinal) => "an object of names and texts",
        _ when type.Contains("Boolean", StringComparison.Ordinal) => "true or false",
        _ when type.Contains("Int", StringComparison.Ordinal) => "a whole number in range",
        _ when type.Contains("DateTime", StringComparison.Ordinal) => "a time such as 2026-01-31T12:00:00Z",
        _ when type.Contains("Guid", StringComparison.Ordinal) => "a uid such as 0190163d-8694-739b-aea5-966c26f8ad91",
        _ when type.Contains("String", StringComparison.Ordinal) => "a text",
        _ => "an object",
    };

    static string WithoutPlace(string message)
    {
        var place = message.IndexOf(" Path: ", StringComparison.Ordinal);
        if (place < 0)
            place = message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        return place < 0 ? message : message[..place];
    }

    [GeneratedRegex("^The JSON property '(.*)' could not be mapped")]
    private static partial Regex Unmapped();

    [GeneratedRegex("^The JSON value could not be converted to (.*?)\\.?$")]
    private static partial Regex Unconvertible();
}
