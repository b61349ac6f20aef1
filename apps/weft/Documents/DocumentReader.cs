using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Model.Validation;
using YamlDotNet.Core;

namespace Weft.Cli.Documents;

/// <summary>Reads manifests: YAML with several documents, JSON values one after the other, lists of either.</summary>
static class DocumentReader
{
    static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <summary>
    /// All documents of <paramref name="sources"/>: files, folders, or <c>-</c> for <paramref name="standardInput"/>.
    /// </summary>
    /// <exception cref="CliException">with every file that cannot be read</exception>
    public static List<Document> ReadAll(IEnumerable<string> sources, TextReader standardInput)
    {
        var documents = new List<Document>();
        var faults = new List<Fault>();
        foreach (var source in sources)
        {
            try
            {
                foreach (var file in FilesOf(source))
                    ReadFile(file, file == "-" ? standardInput.ReadToEnd() : File.ReadAllText(file), documents, faults);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                faults.Add(new(source, File.Exists(source) || Directory.Exists(source) ? e.Message
                    : "no such file or folder"));
            }
        }
        return faults.Count == 0
            ? documents
            : throw new CliException(ExitCodes.Failure, "the input cannot be read; nothing was changed", faults);
    }

    static IEnumerable<string> FilesOf(string source) =>
        Directory.Exists(source)
            ? Directory.EnumerateFiles(source)
                .Where(file => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal)
            : [source];

    static void ReadFile(string file, string text, List<Document> documents, List<Fault> faults)
    {
        var place = file == "-" ? "stdin" : file;
        var number = 0;
        try
        {
            foreach (var (value, isYaml) in Values(file, text))
            {
                foreach (var content in Unfold(value))
                    documents.Add(new(file, ++number, content, isYaml));
            }
        }
        catch (YamlException e)
        {
            faults.Add(new($"{place}:{number + 1}",
                $"line {e.Start.Line}, column {e.Start.Column}: not YAML: {e.Message}"));
        }
        catch (JsonException e)
        {
            faults.Add(new($"{place}:{number + 1}", $"line {e.LineNumber + 1}: not JSON: {Cause(e.Message)}"));
        }
    }

    /// <summary>
    /// What looks like JSON may still be YAML, whose flow style needs no quotes; then only YAML's reader can tell.
    /// </summary>
    static IEnumerable<(JsonNode Value, bool IsYaml)> Values(string file, string text)
    {
        if (text.AsSpan().TrimStart() is ['{' or '[', ..])
        {
            try
            {
                return ReadJson(text).Select(value => (value, false));
            }
            catch (JsonException) when (!file.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
                && !text.Contains('"'))
            {
            }
        }
        return new YamlReader(new StringReader(text)).Read().Select(value => (value, true));
    }

    /// <summary>A list is its items, whether bare or as the API gives it (<c>{"items": […]}</c>).</summary>
    static IEnumerable<JsonNode?> Unfold(JsonNode? value) => value switch
    {
        JsonArray items => items.Select(item => item?.DeepClone()),
        JsonObject list when list["items"] is JsonArray items
            && !list.ContainsKey("kind") => items.Select(item => item?.DeepClone()),
        _ => [value],
    };

    static List<JsonNode> ReadJson(string text)
    {
        var values = new List<JsonNode>();
        var reader = new Utf8JsonReader(
            Encoding.UTF8.GetBytes(text),
            new() { AllowMultipleValues = true, CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true });
        while (reader.Read())
        {
            if (JsonNode.Parse(ref reader) is { } value)
                values.Add(value);
        }
        return values;
    }

    /// <summary>The message without the position that the reader appends to it.</summary>
    static string Cause(string message) => message.Split(" LineNumber:")[0];
}
