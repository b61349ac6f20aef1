using System.Text.Json.Serialization;
using Weft.Model.Validation;

namespace Weft.Model.Resources;

/// <summary>
/// What all documents have in common. The same document is the body in REST, the output of
/// <c>-o json|yaml</c> and a manifest for <c>weft apply</c>.
/// </summary>
/// <remarks>
/// Generated JSON readers set every init-only property, those that the text leaves out to null: a property
/// with a default other than null puts it back by itself.
/// </remarks>
public abstract record Resource
{
    /// <summary>People read what a document is about first.</summary>
    protected const int KindOrder = -3;

    /// <summary>Lower case, singular: <c>network</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>Unique within the kind and the project; a DNS label (RFC 1123). Required, but for ports.</summary>
    [JsonPropertyOrder(KindOrder + 1)]
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>Given by the server at creation, never used again.</summary>
    public Guid Uid { get; init; }

    /// <summary>Of the store when this was last written; the ETag.</summary>
    public long Revision { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Told in the answer to a write: what is valid and may still not be what was meant. Never stored.</summary>
    public IReadOnlyList<Warning>? Warnings { get; init; }
}

/// <summary>A resource that lives in a project.</summary>
public abstract record ProjectResource : Resource
{
    public const string DefaultProject = "default";

    /// <summary><c>default</c> when not given.</summary>
    [JsonPropertyOrder(KindOrder + 2)]
    public string Project { get; init => field = value ?? DefaultProject; } = DefaultProject;
}
