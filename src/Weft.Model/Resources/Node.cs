using System.Net;
using System.Text.Json.Serialization;

namespace Weft.Model.Resources;

/// <summary>A host with the agent and the vrouter. Made by joining, not by people.</summary>
public sealed record Node : Resource
{
    public const string KindName = "node";

    [JsonPropertyOrder(KindOrder)]
    public override string Kind => KindName;

    /// <summary>Given by the server, from 1, not reused while the node exists; what data planes call it.</summary>
    public uint Number { get; init; }

    /// <summary>Where other nodes send encapsulated packets to.</summary>
    public required IPAddress FabricAddress { get; init; }

    /// <summary>Bytes of L3 that the fabric interface carries.</summary>
    public int FabricMtu { get; init; }

    /// <summary>SHA-256 of the public key (SubjectPublicKeyInfo) that may speak as this node, base64url; set by joining.</summary>
    public string? Key { get; init; }

    /// <summary>Told by the node; not stored.</summary>
    public NodeStatus? Status { get; init; }
}

public sealed record NodeStatus
{
    public required bool Connected { get; init; }

    public DateTimeOffset? LastSeen { get; init; }

    public string? Version { get; init; }

    /// <summary>The newest revision whose effects are in the kernel.</summary>
    public long AppliedRevision { get; init; }

    public int Ports { get; init; }

    /// <summary>What the agent could not do, one line each.</summary>
    public IReadOnlyList<string>? Faults { get; init; }

    /// <summary>Packets by the vrouter's drop reason.</summary>
    public IReadOnlyDictionary<string, long>? Drops { get; init; }
}
