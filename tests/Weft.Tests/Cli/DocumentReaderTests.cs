using System.Text.Json.Nodes;
using CsCheck;
using Weft.Cli;
using Weft.Cli.Documents;
using YamlDotNet.Core;

namespace Weft.Tests.Cli;

public sealed class DocumentReaderTests
{
    static string Json(string yaml) => new YamlReader(new StringReader(yaml)).Read().Single().ToJsonString();

    [Theory]
    [InlineData("a: 1", """{"a":1}""")]
    [InlineData("a: 1.10", """{"a":1.10}""")]
    [InlineData("a: 0x10", """{"a":"0x10"}""")]
    [InlineData("a: 007", """{"a":"007"}""")]
    [InlineData("a: '1'", """{"a":"1"}""")]
    [InlineData("a: !!str 1", """{"a":"1"}""")]
    [InlineData("a: true", """{"a":true}""")]
    [InlineData("a: yes", """{"a":"yes"}""")]
    [InlineData("a: ~", """{"a":null}""")]
    [InlineData("a:", """{"a":null}""")]
    [InlineData("a: 02:42:ac:11:00:02", """{"a":"02:42:ac:11:00:02"}""")]
    [InlineData("a: fd00:1::/64", """{"a":"fd00:1::/64"}""")]
    [InlineData("a: [1, {b: c}]", """{"a":[1,{"b":"c"}]}""")]
    [InlineData("a: &x {b: 1}\nc: *x", """{"a":{"b":1},"c":{"b":1}}""")]
    [InlineData("a: |\n  two\n  lines\n", """{"a":"two\nlines\n"}""")]
    public void Yaml_means_what_its_json_schema_says(string yaml, string json) => Assert.Equal(json, Json(yaml));

    [Theory]
    [InlineData("a: 1\na: 2", "field 'a' is given twice")]
    [InlineData("a: *x", "alias '*x' stands for nothing before it")]
    [InlineData("? [a]\n: b", "a field's name must be text")]
    [InlineData("a: [1", "")]
    public void Bad_yaml_is_refused_with_its_position(string yaml, string expected)
    {
        var e = Assert.ThrowsAny<YamlException>(() => Json(yaml));
        Assert.Contains(expected, e.Message);
        Assert.True(e.Start.Line > 0);
    }

    [Fact]
    public void Anchors_that_multiply_are_refused_before_they_fill_the_memory()
    {
        var bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + string.Concat(Enumerable.Range(1, 12)
            .Select(i => $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Assert.Contains("aliases stand for more than", Assert.Throws<YamlException>(() => Json(bomb)).Message);
    }

    [Fact]
    public void Nesting_without_end_is_refused() =>
        Assert.ThrowsAny<YamlException>(() => Json("a: " + new string('[', 10_000) + new string(']', 10_000)));

    static readonly Gen<JsonNode?> Scalars = Gen.OneOf<JsonNode?>(
        Gen.String.Select(text => (JsonNode?)JsonValue.Create(text)),
        Gen.OneOf(
            [.. new[] { "yes", "1.10", "null", "~", "- a", "a: b", "#", "2026-01-01", "0x1", "", " ", "10.1.0.0/24",
                "é", "'", "\"", "|", "a\nb\n" }.Select(text => Gen.Const(() => text))])
            .Select(text => (JsonNode?)JsonValue.Create(text)),
        Gen.Long.Select(number => (JsonNode?)JsonValue.Create(number)),
        Gen.Bool.Select(flag => (JsonNode?)JsonValue.Create(flag)),
        Gen.Const(() => (JsonNode?)null));

    static Gen<JsonNode?> Nodes(int depth) => depth == 0
        ? Scalars
        : Gen.OneOf(
            Scalars,
            Nodes(depth - 1)
                .Array[0, 4].Select(items => (JsonNode?)new JsonArray([.. items.Select(item => item?.DeepClone())])),
            Gen.Dictionary(Gen.String[Gen.Char.AlphaNumeric, 1, 8], Nodes(depth - 1))[0, 4].Select(map =>
                (JsonNode?)new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())))));

    [Fact]
    public void What_is_written_as_yaml_reads_back_the_same() =>
        Nodes(3).Where(IsWritable).Sample(node =>
        {
            var document = new JsonObject { ["a"] = node?.DeepClone() };
            var text = new StringWriter();
            YamlWriter.Write(text, [document]);
            var read = new YamlReader(new StringReader(text.ToString())).Read().Single();
            return JsonNode.DeepEquals(document, read);
        }, iter: 2000);

    /// <summary>Unpaired surrogates are no text, neither in JSON nor in YAML.</summary>
    static bool IsWritable(JsonNode? node) =>
        node?.ToJsonString().Contains("\\uD", StringComparison.OrdinalIgnoreCase) != true;

    [Fact]
    public void All_documents_of_all_forms_are_found()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.yaml", "---\nkind: project\nname: a\n---\n# nothing\n---\nkind: project\nname: b\n");
        folder.Write("b.json",
            """{"kind":"project","name":"c"} {"items":[{"kind":"project","name":"d"}]} [{"kind":"project","name":"e"}]""");
        folder.Write("c.txt", "not: read");
        var documents = DocumentReader.ReadAll([folder.Path, "-"], new StringReader("kind: project\nname: f"));
        Assert.Equal(["a", "b", "c", "d", "e", "f"], documents.Select(document => (string?)document.Content?["name"]));
        Assert.Equal("stdin:1", documents[^1].Place);
        Assert.Equal($"{folder.Path}/b.json:3", documents[4].Place);
    }

    [Fact]
    public void Every_file_that_cannot_be_read_is_named()
    {
        using var folder = new TemporaryFolder();
        var bad = folder.Write("bad.yaml", "a: 1\n---\na: [1\n");
        var json = folder.Write("bad.json", "{\n  \"a\": tru\n}");
        var e = Assert.Throws<CliException>(() =>
            DocumentReader.ReadAll([bad, json, "/nonexistent.yaml"], TextReader.Null));
        Assert.Equal([$"{bad}:2", $"{json}:1", "/nonexistent.yaml"], e.Faults.Select(fault => fault.Path));
        Assert.Contains("line 4", e.Faults[0].Message);
        Assert.Contains("line 2", e.Faults[1].Message);
    }
}
