using System.Collections.Immutable;
using System.Net;
using Weft.Model.Resources;

namespace Weft.Model.State;

/// <summary>A load balancer as the nodes see it that see its network. Equal by what it holds.</summary>
/// <param name="Network">Uid.</param>
/// <param name="NodeNumber">Where its L7 listeners run and its floating IPs are; 0: nowhere.</param>
/// <param name="Pools">Members whose port does not exist, or is on no node, are left out.</param>
public sealed record NodeBalancer(
    Guid Uid, string Project, string Name, Guid Network, ImmutableArray<IPAddress> Addresses, uint NodeNumber,
    ImmutableArray<Listener> Listeners, ImmutableArray<NodePool> Pools)
{
    public bool Equals(NodeBalancer? other) =>
        other is not null
        && Uid == other.Uid && Project == other.Project && Name == other.Name && Network == other.Network
        && NodeNumber == other.NodeNumber && Sequences.Equal(Addresses, other.Addresses)
        && Sequences.Equal(Listeners, other.Listeners) && Sequences.Equal(Pools, other.Pools);

    public override int GetHashCode() => HashCode.Combine(Uid, NodeNumber, Listeners.Length, Pools.Length);
}

public sealed record NodePool(
    string Name, string Algorithm, int AffinitySeconds, HealthMonitor? HealthMonitor, ImmutableArray<NodeMember> Members)
{
    /// <summary>How http and https listeners speak with its members.</summary>
    public HttpPool? Http { get; init; }

    public bool Equals(NodePool? other) =>
        other is not null
        && Name == other.Name && Algorithm == other.Algorithm && AffinitySeconds == other.AffinitySeconds
        && Equals(HealthMonitor, other.HealthMonitor) && Equals(Http, other.Http) && Sequences.Equal(Members, other.Members);

    public override int GetHashCode() => HashCode.Combine(Name, Algorithm, Members.Length);
}

/// <param name="Port">Uid of the port that serves; its addresses are in its own record.</param>
/// <param name="TargetPort">0: the listener's.</param>
/// <param name="Weight">0: draining.</param>
public readonly record struct NodeMember(Guid Port, ushort TargetPort, int Weight, uint MaxConnections);

/// <summary>What names a member of all that a node has.</summary>
public readonly record struct NodeMemberKey(Guid Balancer, string Pool, Guid Port, ushort TargetPort);

/// <summary>
/// What a member's own node has found by asking it. Not stored: told by the nodes, kept by the server in memory, and told on.
/// A member without one has not been asked yet: it gets connections only when its pool has no monitor.
/// </summary>
public sealed record NodeHealth(NodeMemberKey Key, bool Healthy, string Message);
