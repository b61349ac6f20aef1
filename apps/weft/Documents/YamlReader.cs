using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Weft.Cli.Documents;

/// <summary>
/// YAML to JSON nodes, from parser events, so that nothing is reflected upon. The scalars of YAML 1.2's
/// JSON schema: <c>yes</c> and <c>on</c> are text, and so is everything quoted.
/// </summary>
sealed class YamlReader(TextReader text)
{
    /// <summary>
    /// Values that aliases of one input stand for, at most: a small file must not become a large one.
    /// </summary>
    const int MaxExpanded = 100_000;
    const int MaxDepth = 64;

    readonly Parser parser = new(text);
    readonly Dictionary<string, JsonNode?> anchors = [];
    int expanded;

    /// <summary>All documents that say something; empty ones are passed over.</summary>
    /// <exception cref="YamlException">with the position of what is wrong</exception>
    public IEnumerable<JsonNode> Read()
    {
        while (parser.MoveNext())
        {
            if (parser.Current is not DocumentStart)
                continue;
            anchors.Clear();
            parser.MoveNext();
            if (ReadNode(0) is { } document)
                yield return document;
        }
    }

    JsonNode? ReadNode(int depth)
    {
        var start = parser.Current!;
        if (depth > MaxDepth)
            throw new YamlException(start.Start, start.End, $"nested deeper than {MaxDepth} levels");
        var node = start switch
        {
            Scalar scalar => Value(scalar),
            MappingStart => ReadMapping(depth),
            SequenceStart => ReadSequence(depth),
            AnchorAlias alias => Expand(alias),
            _ => throw new YamlException(start.Start, start.End, "not a value"),
        };
        if (start is NodeEvent { Anchor.IsEmpty: false } named)
            anchors[named.Anchor.Value] = node?.DeepClone();
        return node;
    }

    JsonObject ReadMapping(int depth)
    {
        var map = new JsonObject();
        while (parser.MoveNext() && parser.Current is not MappingEnd)
        {
            if (parser.Current is not Scalar key)
                throw new YamlException(parser.Current!.Start, parser.Current.End, "a field's name must be text");
            parser.MoveNext();
            var value = ReadNode(depth + 1);
            if (!map.TryAdd(key.Value, value))
                throw new YamlException(key.Start, key.End, $"field '{key.Value}' is given twice");
        }
        return map;
    }

    JsonArray ReadSequence(int depth)
    {
        var items = new JsonArray();
        while (parser.MoveNext() && parser.Current is not SequenceEnd)
            items.Add(ReadNode(depth + 1));
        return items;
    }

    JsonNode? Expand(AnchorAlias alias)
    {
        if (!anchors.TryGetValue(alias.Value.Value, out var node))
            throw new YamlException(alias.Start, alias.End, $"alias '*{alias.Value}' stands for nothing before it");
        expanded += Size(node);
        return expanded <= MaxExpanded
            ? node?.DeepClone()
            : throw new YamlException(alias.Start, alias.End, $"aliases stand for more than {MaxExpanded} values");
    }

    static int Size(JsonNode? node) => node switch
    {
        JsonObject map => 1 + map.Sum(pair => Size(pair.Value)),
        JsonArray items => 1 + items.Sum(Size),
        _ => 1,
    };

    static JsonNode? Value(Scalar scalar)
    {
        var isText = scalar.Style != ScalarStyle.Plain
            || (!scalar.Tag.IsEmpty && scalar.Tag.Value.EndsWith(":str", StringComparison.Ordinal));
        return isText ? JsonValue.Create(scalar.Value) : scalar.Value switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            var plain => Number(plain) ?? JsonValue.Create(plain),
        };
    }

    /// <summary>A number keeps how it was written (<c>1.10</c>), for fields that turn out to be text.</summary>
    static JsonNode? Number(string plain)
    {
        if (plain[0] is not (>= '0' and <= '9' or '-'))
            return null;
        try
        {
            return JsonNode.Parse(plain);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
