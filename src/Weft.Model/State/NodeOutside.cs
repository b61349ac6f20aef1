using System.Collections.Immutable;
using System.Net;
using Weft.Model.Resources;

namespace Weft.Model.State;

/// <summary>An external network as one node sees it. Equal by what it holds.</summary>
/// <param name="Uplink">Interface of this node; empty: that of its default route, or else of the fabric; null: it has none.</param>
public sealed record NodeExternal(
    Guid Uid, string Name, uint Vni, ImmutableArray<Subnet> Subnets, string? Uplink, bool Default)
{
    public bool Equals(NodeExternal? other) =>
        other is not null
        && Uid == other.Uid && Name == other.Name && Vni == other.Vni && Uplink == other.Uplink && Default == other.Default
        && Sequences.Equal(Subnets, other.Subnets);

    public override int GetHashCode() => HashCode.Combine(Uid, Vni, Uplink);
}

/// <summary>A way out of a network. The first of a network's is the way to everywhere, the others lead to their own subnets.</summary>
/// <param name="Egress">What ports are outside, by node; other nodes use their own address. In order of node.</param>
public sealed record NodeGateway(Guid External, ImmutableArray<NodeEgress> Egress)
{
    /// <summary>There is one only because of floating IPs: to ports without one it is none.</summary>
    public bool FloatingOnly { get; init; }

    public bool Equals(NodeGateway? other) =>
        other is not null && External == other.External && FloatingOnly == other.FloatingOnly && Sequences.Equal(Egress, other.Egress);

    public override int GetHashCode() => HashCode.Combine(External, Egress.IsDefault ? 0 : Egress.Length);
}

public readonly record struct NodeEgress(uint NodeNumber, IPAddress Address);

/// <summary>
/// A floating IP that leads somewhere, as every node sees it: those that are elsewhere are sent to the node that it is on.
/// Equal by what it holds.
/// </summary>
/// <param name="NodeNumber">Of the node that answers for it; 0: nobody.</param>
/// <param name="Port">Uid of the port that it leads to; null: it leads to a load balancer.</param>
/// <param name="Balancer">Uid of the load balancer that it leads to.</param>
/// <param name="Network">Uid of the target's network.</param>
/// <param name="Target">The target's address there, of the same family.</param>
public sealed record NodeFloating(
    Guid Uid, string Project, string Name, Guid External, IPAddress Address, uint NodeNumber,
    Guid? Port, Guid? Balancer, Guid Network, IPAddress Target, ImmutableArray<NodePortMapping> Mappings)
{
    /// <summary>Its mappings let in what no rule mentions.</summary>
    public bool Open { get; init; }

    public bool Equals(NodeFloating? other) =>
        other is not null
        && Open == other.Open
        && Uid == other.Uid && Project == other.Project && Name == other.Name && External == other.External
        && Address.Equals(other.Address) && NodeNumber == other.NodeNumber && Port == other.Port
        && Balancer == other.Balancer && Network == other.Network && Target.Equals(other.Target)
        && Sequences.Equal(Mappings, other.Mappings);

    public override int GetHashCode() => HashCode.Combine(Uid, NodeNumber, Port, Balancer);
}

/// <summary>Ports of an outside address, and the first port inside that they lead to.</summary>
public readonly record struct NodePortMapping(byte Protocol, PortRange Ports, ushort TargetPort);
