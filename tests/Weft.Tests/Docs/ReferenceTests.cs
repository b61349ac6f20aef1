using System.Text.Json.Serialization.Metadata;
using Weft.Cli;
using Weft.Dataplane.Abi;
using Weft.Model.Json;
using Weft.Tests.Repository;

namespace Weft.Tests.Docs;

/// <summary>References that are complete, and stay so.</summary>
public sealed class ReferenceTests
{
    const string Update = "WEFT_UPDATE_DOCS";

    [Fact]
    public void The_command_reference_is_what_help_says()
    {
        var path = Path.Combine(RepositoryRoot.Path, "docs", "reference", "cli.md");
        var text = CliReference.Write();
        if (Environment.GetEnvironmentVariable(Update) == "1")
            File.WriteAllText(path, text);
        Assert.True(
            File.Exists(path) && File.ReadAllText(path) == text,
            $"docs/reference/cli.md is not what the commands say; run this test with {Update}=1");
    }

    [Fact]
    public void The_reference_of_documents_has_every_kind_and_every_field()
    {
        var text = Markdown.Read("docs/reference/documents.md");
        foreach (var kind in Kinds.All)
        {
            Assert.Contains($"\n## {kind.Name}\n", text);
            var section = text.Split($"\n## {kind.Name}\n")[1].Split("\n## ")[0];
            var common = text.Split("\n## What all documents have\n")[1].Split("\n## ")[0];
            foreach (var field in Fields(kind.Type, ""))
                Assert.True(
                    section.Contains($"`{field}`")
                        || common.Contains($"`{field}`"), $"{kind.Name}: {field} is not there");
        }
    }

    [Fact]
    public void Every_reason_for_a_drop_is_explained()
    {
        var text = Markdown.Read("docs/how-to/troubleshoot.md");
        foreach (var reason in Enum.GetValues<DropReason>()
            .Where(reason => reason != DropReason.None))
            Assert.Contains($"| `{Kebab(reason.ToString())}` |", text);
    }

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        foreach (var file in Markdown.Files())
        {
            foreach (System.Text.RegularExpressions.Match link in
                System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(file),
                    @"\]\((?!https?:)([^)#\s]+)[^)\s]*\)"))
            {
                var target = Path.Combine(Path.GetDirectoryName(file)!, link.Groups[1].Value);
                Assert.True(
                    File.Exists(target) || Directory.Exists(target),
                    $"{Path.GetRelativePath(RepositoryRoot.Path, file)} links to {link.Groups[1].Value}, which is not there");
            }
        }
    }

    static IEnumerable<string> Fields(JsonTypeInfo type, string path)
    {
        foreach (var property in type.Properties)
        {
            var name = path + property.Name;
            yield return name;
            var inner = WeftJson.Default.GetTypeInfo(property.PropertyType)!;
            var item = inner.Kind == JsonTypeInfoKind.Enumerable ? WeftJson.Default.GetTypeInfo(inner.ElementType!)!
                : inner;
            if (item.Kind != JsonTypeInfoKind.Object)
                continue;
            foreach (var field in Fields(item, $"{name}{(inner == item ? "" : "[]")}."))
                yield return field;
        }
    }

    static string Kebab(string pascal) => string.Concat(pascal.Select((c, i) =>
        char.IsUpper(c) ? $"{(i > 0 ? "-" : "")}{char.ToLowerInvariant(c)}" : $"{c}"));
}
