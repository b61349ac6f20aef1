using System.Text.Json.Serialization;

namespace Weft.Model.Resources;

/// <summary>
/// Joins networks of its project: what no policy says about them is allowed. With a gateway, their ports may also open
/// connections outwards.
/// </summary>
public sealed record Router : ProjectResource
{
    public const string KindName = "router";

    [JsonPropertyOrder(KindOrder)]
    public override string Kind => KindName;

    /// <summary>Given by the server, in one row with policies and security groups: what flows name as the policy that allowed.</summary>
    public uint Number { get; init; }

    /// <summary>Names of networks of the project.</summary>
    public IReadOnlyList<string>? Networks { get; init; }

    /// <summary>None: only between the networks.</summary>
    public ExternalGateway? ExternalGateway { get; init; }
}
