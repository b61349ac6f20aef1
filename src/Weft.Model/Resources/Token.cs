using System.Text.Json.Serialization;

namespace Weft.Model.Resources;

/// <summary>Lets its bearer use the API, or join a host. The secret is told once, in the answer to the creation.</summary>
public sealed record Token : Resource
{
    public const string KindName = "token";

    /// <summary>Everything, tokens included.</summary>
    public const string AdminRole = "admin";

    /// <summary>Reads and writes what is in <see cref="Projects"/>.</summary>
    public const string MemberRole = "member";

    /// <summary>Reads metrics of everything; nothing else.</summary>
    public const string MonitorRole = "monitor";

    /// <summary>Makes a host a node; nothing else.</summary>
    public const string JoinRole = "join";

    [JsonPropertyOrder(KindOrder)]
    public override string Kind => KindName;

    /// <summary><c>admin</c>, <c>member</c>, <c>monitor</c> or <c>join</c>.</summary>
    public string Role { get; init => field = value ?? ""; } = "";

    /// <summary>Of a member: the names of the projects it may use.</summary>
    public IReadOnlyList<string>? Projects { get; init; }

    /// <summary>From then on it is refused. Join tokens last 24 hours when not given, others for ever.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What to send as <c>Authorization: Bearer</c>, or to give to <c>weftd agent --token</c>. Told once, not stored.</summary>
    public string? Secret { get; init; }

    /// <summary>SHA-256 of the secret, in base64url; stored, never told.</summary>
    public string? SecretHash { get; init; }
}
