using System.Text.Json.Nodes;

namespace Weft.Cli.Documents;

static class JsonDocuments
{
    /// <summary>Without what only servers give: a new document says nothing about it.</summary>
    public static JsonObject AsNew(this JsonObject document)
    {
        foreach (var field in Manifests.Told)
            document.Remove(field);
        return document;
    }
}
