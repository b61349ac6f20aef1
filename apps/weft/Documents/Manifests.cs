using System.Text.Json.Nodes;
using Weft.Cli.Output;
using Weft.Model.Resources;
using Weft.Model.Validation;

namespace Weft.Cli.Documents;

/// <summary>From documents to what can be sent, in the order in which one may refer to the other.</summary>
static class Manifests
{
    /// <summary>
    /// What servers and nodes say about a resource; a manifest taken from <c>-o yaml</c> may hold it.
    /// </summary>
    public static readonly string[] Told = ["uid", "revision", "createdAt", "status", "warnings"];

    /// <summary>Checks every document before any is used.</summary>
    /// <exception cref="CliException">with all faults of all documents</exception>
    public static List<Manifest> From(IReadOnlyCollection<Document> documents, string? project)
    {
        var manifests = new List<Manifest>();
        var faults = new List<Fault>();
        foreach (var document in documents)
        {
            if (Check(document, project, faults) is { } manifest)
                manifests.Add(manifest);
        }
        CheckTwins(manifests, faults);
        if (faults.Count > 0)
            throw new CliException(ExitCodes.Failure, "the documents have faults; nothing was changed", faults);
        // The default external network is one: who gives it up comes before who takes it.
        return [.. manifests.OrderBy(manifest => manifest.Kind.Order).ThenBy(manifest => manifest.Kind == Kinds.ExternalNetwork && manifest.Content.Flag("default"))];
    }

    static Manifest? Check(Document document, string? project, List<Fault> faults)
    {
        if (document.Content is not JsonObject content)
        {
            faults.Add(new(document.Place, "must be a document with fields, the first of them 'kind'"));
            return null;
        }
        if (KindOf(document, content, faults) is not { } kind)
            return null;
        content.AsNew();
        if (kind.IsOwned && content["project"] is null)
            content["project"] = project ?? ProjectResource.DefaultProject;
        var found = DocumentChecker.Check(content, kind.Type, document.IsYaml);
        faults.AddRange(found.Select(fault => fault with { Path = $"{document.Place}:{fault.Path}" }));
        return found.Count == 0 ? new(document, kind, content) : null;
    }

    static Kind? KindOf(Document document, JsonObject content, List<Fault> faults)
    {
        var known = string.Join(", ", Kinds.Written.Select(kind => kind.Name));
        if (content["kind"] is not JsonValue value || !value.TryGetValue<string>(out var name))
        {
            faults.Add(new($"{document.Place}:kind", $"is missing; one of {known}"));
            return null;
        }
        if (Kinds.Written.FirstOrDefault(kind => kind.Name == name) is { } kind)
            return kind;
        faults.Add(new($"{document.Place}:kind", $"'{name}' cannot be made by a document; one of {known}"));
        return null;
    }

    static void CheckTwins(List<Manifest> manifests, List<Fault> faults)
    {
        foreach (var twins in manifests.GroupBy(manifest => manifest.Title))
        {
            foreach (var twin in twins.Skip(1))
                faults.Add(new($"{twin.Source.Place}:name",
                    $"{twin.Title} is in {twins.First().Source.Place} already"));
        }
    }
}
