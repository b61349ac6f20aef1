using System.Net;
using System.Text.Json.Serialization;
using Weft.Model.State;

namespace Weft.Model.Resources;

/// <summary>What lies outside: reached through an uplink of the nodes that have one. Of no project: every project may use it.</summary>
public sealed record ExternalNetwork : Resource
{
    public const string KindName = "external-network";

    /// <summary>The one that a new cluster has: the host's own way out, without floating IPs.</summary>
    public const string InitialName = "outside";

    [JsonPropertyOrder(KindOrder)]
    public override string Kind => KindName;

    /// <summary>Chosen by the server when 0, in one row with those of networks. On the wire between nodes only.</summary>
    public uint Vni { get; init; }

    /// <summary>
    /// On the link of the uplinks. Floating IPs come from their pools; the gateway is the router that leads further
    /// (none: the host's own routes do). None at all: no floating IPs, only the nodes' own addresses.
    /// </summary>
    public IReadOnlyList<Subnet>? Subnets { get; init; }

    /// <summary>
    /// Interface of each node that has one by this name. Not given: the one that the node's default route leaves by, or else
    /// that of the fabric.
    /// </summary>
    public string? Uplink { get; init; }

    /// <summary>Where a node's uplink is another one, by name of the node; an empty name: it has none.</summary>
    public IReadOnlyDictionary<string, string>? NodeUplinks { get; init; }

    /// <summary>What is meant where no external network is named. One at most.</summary>
    public bool Default { get; init; }
}

/// <summary>A way out of a network: its ports may open connections to an external network. Equal by what it holds.</summary>
public sealed record ExternalGateway
{
    /// <summary>The default one when not given.</summary>
    public string? ExternalNetwork { get; init; }

    /// <summary>
    /// What ports are outside, by name of the node that they are on; any other node uses its own address on the uplink.
    /// Addresses of the external network's subnets, taken as long as they stand here.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<IPAddress>>? EgressAddresses { get; init; }

    public bool Equals(ExternalGateway? other) =>
        other is not null
        && ExternalNetwork == other.ExternalNetwork
        && (EgressAddresses?.Count ?? 0) == (other.EgressAddresses?.Count ?? 0)
        && (EgressAddresses ?? new Dictionary<string, IReadOnlyList<IPAddress>>()).All(pair =>
            other.EgressAddresses!.TryGetValue(pair.Key, out var addresses) && Sequences.Equal(pair.Value, addresses));

    public override int GetHashCode() => HashCode.Combine(ExternalNetwork, EgressAddresses?.Count ?? 0);
}
