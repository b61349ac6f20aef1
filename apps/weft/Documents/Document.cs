using System.Text.Json.Nodes;
using Weft.Model.Resources;

namespace Weft.Cli.Documents;

/// <summary>A manifest as it was read.</summary>
/// <param name="File">As named by the user; <c>-</c> for standard input.</param>
/// <param name="Number">In its file, from 1.</param>
/// <param name="IsYaml">In YAML <c>version: 1.10</c> may mean text; in JSON a number is a number.</param>
sealed record Document(string File, int Number, JsonNode? Content, bool IsYaml)
{
    /// <summary>What faults of this document begin with.</summary>
    public string Place => $"{(File == "-" ? "stdin" : File)}:{Number}";
}

/// <summary>A manifest without faults that this program can see, ready to send.</summary>
sealed record Manifest(Document Source, Kind Kind, JsonObject Content)
{
    public string Name => (string)Content["name"]!;

    public string? Project => Kind.IsOwned ? (string)Content["project"]! : null;

    /// <summary>What people call it: <c>network/frontend</c>, with its project when that is not the default.</summary>
    public string Title => Project is null or ProjectResource.DefaultProject
        ? $"{Kind.Name}/{Name}"
        : $"{Kind.Name}/{Name} of project {Project}";
}
