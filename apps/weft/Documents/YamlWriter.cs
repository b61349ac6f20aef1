using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Weft.Cli.Documents;

/// <summary>JSON nodes to YAML, so that <see cref="YamlReader"/> reads back the same.</summary>
sealed class YamlWriter
{
    readonly Emitter emitter;

    YamlWriter(TextWriter output) =>
        emitter = new(output, EmitterSettings.Default.WithBestWidth(int.MaxValue).WithIndentedSequences()
            .WithNewLine("\n"));

    /// <summary>Each of <paramref name="documents"/> after a <c>---</c>; one alone has none.</summary>
    public static void Write(TextWriter output, IReadOnlyCollection<JsonNode> documents)
    {
        foreach (var document in documents)
        {
            if (documents.Count > 1)
                output.WriteLine("---");
            new YamlWriter(output).WriteDocument(document);
        }
    }

    void WriteDocument(JsonNode document)
    {
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        WriteNode(document);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
    }

    void WriteNode(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                WriteMapping(map);
                break;
            case JsonArray items:
                emitter.Emit(new SequenceStart(
                    AnchorName.Empty, TagName.Empty, isImplicit: true,
                    items.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (var item in items)
                    WriteNode(item);
                emitter.Emit(new SequenceEnd());
                break;
            default:
                emitter.Emit(Scalar(node));
                break;
        }
    }

    void WriteMapping(JsonObject map)
    {
        emitter.Emit(new MappingStart(
            AnchorName.Empty, TagName.Empty, isImplicit: true,
            map.Count == 0 ? MappingStyle.Flow : MappingStyle.Block));
        foreach (var (key, value) in map)
        {
            emitter.Emit(Text(key));
            WriteNode(value);
        }
        emitter.Emit(new MappingEnd());
    }

    static Scalar Scalar(JsonNode? node) =>
        node is null ? Plain("null")
        : node.GetValueKind() == JsonValueKind.String ? Text(node.GetValue<string>())
        : Plain(node.ToJsonString());

    static Scalar Plain(string text) =>
        new(AnchorName.Empty, TagName.Empty, text, ScalarStyle.Plain, isPlainImplicit: true, isQuotedImplicit: false);

    /// <summary>Quoted when a reader, ours or one of YAML 1.1, could take it for something else than text.</summary>
    static Scalar Text(string text) => new(
        AnchorName.Empty, TagName.Empty, text, IsPlain(text) ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted,
        isPlainImplicit: true, isQuotedImplicit: true);

    static bool IsPlain(string text) =>
        text.Length > 0
        && (char.IsAsciiLetter(text[0])
            || (char.IsAsciiDigit(text[0]) && text.AsSpan().ContainsAny("./-") && !IsNumber(text)))
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '/' or '-' or '_')
        && text.ToLowerInvariant() is not ("true" or "false" or "null" or "yes" or "no" or "on" or "off" or "y" or "n");

    static bool IsNumber(string text) =>
        double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _)
        || DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _);
}
