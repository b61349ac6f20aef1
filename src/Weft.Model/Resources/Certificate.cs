using System.Text.Json.Serialization;

namespace Weft.Model.Resources;

/// <summary>A certificate with its private key, for HTTPS listeners of the project. The key goes in and is never told.</summary>
public sealed record Certificate : ProjectResource
{
    public const string KindName = "certificate";

    [JsonPropertyOrder(KindOrder)]
    public override string Kind => KindName;

    /// <summary>Required. PEM: the certificate itself, then those that lead to its root.</summary>
    public string Chain { get; init => field = value ?? ""; } = "";

    /// <summary>PEM, without a password. Required for a new certificate; the one that is known stays when not given.</summary>
    public string? PrivateKey { get; init; }

    /// <summary>Whose it is. Told by the server, as all that follows.</summary>
    public string? Subject { get; init; }

    /// <summary>DNS names that it is for.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>SHA-256 of the certificate, in hexadecimal.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>As it is told: without the key.</summary>
    public Certificate WithoutKey() => this with { PrivateKey = null };

    /// <summary>Names it; logs and exceptions have no business with the key.</summary>
    public override string ToString() => $"certificate {Name} (project {Project})";
}
