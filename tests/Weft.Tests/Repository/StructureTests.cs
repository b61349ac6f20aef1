using System.Xml.Linq;

namespace Weft.Tests.Repository;

/// <summary>Holds the shape that DESIGN.md promises: directions of dependencies and sizes of files.</summary>
public sealed class StructureTests
{
    const int FileWall = 500;

    static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Weft.Model"] = [],
        ["Weft.Protocol"] = ["Weft.Model"],
        ["Weft.Flows"] = ["Weft.Model"],
        ["Weft.Metrics"] = [],
        ["Weft.Store"] = ["Weft.Model"],
        ["Weft.Analytics"] = ["Weft.Flows", "Weft.Model"],
        ["Weft.Rules"] = ["Weft.Model"],
        ["Weft.Compiler"] = ["Weft.Rules", "Weft.Model"],
        ["Weft.Server"] = ["Weft.Analytics", "Weft.Metrics", "Weft.Flows", "Weft.Compiler", "Weft.Rules", "Weft.Store", "Weft.Protocol", "Weft.Model"],
        ["Weft.Linux"] = ["Weft.Model"],
        ["Weft.Dataplane"] = ["Weft.Linux", "Weft.Model"],
        ["Weft.Agent"] = ["Weft.Dataplane", "Weft.Metrics", "Weft.Flows", "Weft.Rules", "Weft.Linux", "Weft.Protocol", "Weft.Model"],
        ["Weft.Docker"] = ["Weft.Agent", "Weft.Model"],
        ["Weft.Proxy"] = ["Weft.Linux", "Weft.Model"],
    };

    public static TheoryData<string> Projects => new(Allowed.Keys);

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_lies_below_it(string project)
    {
        var file = Path.Combine(RepositoryRoot.Path, "src", project, project + ".csproj");
        var references = XDocument.Load(file).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!));
        Assert.Empty(references.Except(Allowed[project]));
    }

    [Fact]
    public void Every_project_under_src_has_its_direction_settled()
    {
        var projects = Directory.GetDirectories(Path.Combine(RepositoryRoot.Path, "src")).Select(Path.GetFileName);
        Assert.Empty(projects.Except(Allowed.Keys));
    }

    [Fact]
    public void No_source_file_is_a_hub()
    {
        var hubs = SourceFiles()
            .Select(file => (file, lines: File.ReadLines(file).Count()))
            .Where(entry => entry.lines > FileWall)
            .Select(entry => $"{Path.GetRelativePath(RepositoryRoot.Path, entry.file)}: {entry.lines}");
        Assert.Empty(hubs);
    }

    static IEnumerable<string> SourceFiles() =>
        new[] { "src", "apps", "bpf", "tests", "eng" }
            .Select(folder => Path.Combine(RepositoryRoot.Path, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".c" or ".h" && !file.EndsWith(".g.cs", StringComparison.Ordinal));
}
