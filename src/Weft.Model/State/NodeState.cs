using System.Collections.Immutable;
using System.Net;
using Weft.Model.Addressing;
using Weft.Model.Resources;

namespace Weft.Model.State;

/// <summary>
/// What one node must do, as data: the compiler's output and the agent's input. A set of records, each
/// under its own key, so that a change is upserts and removes.
/// </summary>
public sealed record NodeState
{
    public static readonly NodeState Empty = new();

    /// <summary>Of the store that this was compiled from.</summary>
    public long Revision { get; init; }

    /// <summary>All networks of the cluster, by uid: every node offers them to its Docker.</summary>
    public ImmutableDictionary<Guid, NodeNetwork> Networks { get; init; } = ImmutableDictionary<Guid, NodeNetwork>.Empty;

    /// <summary>All ports of those networks that have a port on this node, by uid.</summary>
    public ImmutableDictionary<Guid, NodePort> Ports { get; init; } = ImmutableDictionary<Guid, NodePort>.Empty;

    /// <summary>Other nodes that hold one of <see cref="Ports"/>, by number.</summary>
    public ImmutableDictionary<uint, NodePeer> Peers { get; init; } = ImmutableDictionary<uint, NodePeer>.Empty;
}

public sealed record NodeNetwork(
    Guid Uid, string Project, string Name, uint Vni, ImmutableArray<Subnet> Subnets, bool Internal, int Mtu, long Revision);

/// <param name="NodeNumber">0: nowhere.</param>
public sealed record NodePort(
    Guid Uid, string Project, string Name, Guid Network, MacAddress Mac, ImmutableArray<IPAddress> Addresses,
    uint NodeNumber, ImmutableArray<string> Aliases, string? Device, string? Owner, long Revision);

public sealed record NodePeer(uint Number, string Name, IPAddress FabricAddress, int FabricMtu);

/// <summary>Explicit steps from one <see cref="NodeState"/> to the next.</summary>
public sealed record NodeDelta(
    long Revision,
    ImmutableArray<NodeNetwork> Networks,
    ImmutableArray<NodePort> Ports,
    ImmutableArray<NodePeer> Peers,
    ImmutableArray<Guid> RemovedNetworks,
    ImmutableArray<Guid> RemovedPorts,
    ImmutableArray<uint> RemovedPeers);
