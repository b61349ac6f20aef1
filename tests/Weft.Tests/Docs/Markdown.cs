using Weft.Tests.Repository;

namespace Weft.Tests.Docs;

/// <summary>A fenced block of a document.</summary>
/// <param name="Place">File and line, for messages.</param>
sealed record CodeBlock(string Place, string Language, string Text)
{
    /// <summary>
    /// The command lines: all of a block of <c>sh</c>, those after a prompt in one of <c>console</c>. Lines that end
    /// with a backslash are joined to the next.
    /// </summary>
    public IEnumerable<string> Commands()
    {
        var lines = Text.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n');
        return Language == "console"
            ? lines.Where(line => line.StartsWith("$ ", StringComparison.Ordinal)).Select(line => line[2..])
            : lines;
    }
}

static class Markdown
{
    public static IEnumerable<string> Files() =>
    [
        .. Directory.EnumerateFiles(RepositoryRoot.Path, "*.md"),
        .. Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "docs"), "*.md", SearchOption.AllDirectories),
    ];

    public static string Read(string path) => File.ReadAllText(Path.Combine(RepositoryRoot.Path, path));

    public static IEnumerable<CodeBlock> Blocks(params string[] languages) =>
        Files().SelectMany(BlocksOf).Where(block => languages.Contains(block.Language));

    static IEnumerable<CodeBlock> BlocksOf(string file)
    {
        var lines = File.ReadAllLines(file);
        for (var i = 0; i < lines.Length; i++)
        {
            var fence = lines[i].TrimStart();
            if (!fence.StartsWith("```", StringComparison.Ordinal))
                continue;
            var indent = lines[i].Length - fence.Length;
            var start = i + 1;
            i = Array.FindIndex(lines, start, line => line.Trim() == "```");
            Assert.True(i > 0, $"{file}:{start} has no end");
            var text = string.Join('\n', lines[start..i].Select(line => line.Length > indent ? line[indent..] : ""));
            yield return new($"{Path.GetRelativePath(RepositoryRoot.Path, file)}:{start}", fence[3..].Trim(), text);
        }
    }
}
