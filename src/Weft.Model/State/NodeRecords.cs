using System.Collections.Immutable;
using System.Net;
using Weft.Model.Addressing;
using Weft.Model.Resources;

namespace Weft.Model.State;

/// <summary>A network as nodes see it. Equal by what it holds: an equal record need not be sent again.</summary>
public sealed record NodeNetwork(
    Guid Uid, string Project, string Name, uint Vni, ImmutableArray<Subnet> Subnets, bool Internal, int Mtu, long Revision)
{
    /// <summary>Ways out: of its own document, of its routers, of floating IPs of its ports; in that order, each external network once.</summary>
    public ImmutableArray<NodeGateway> Gateways { get; init; } = [];

    public bool Equals(NodeNetwork? other) =>
        other is not null
        && Sequences.Equal(Gateways, other.Gateways)
        && Uid == other.Uid && Revision == other.Revision && Vni == other.Vni && Mtu == other.Mtu
        && Internal == other.Internal && Project == other.Project && Name == other.Name
        && Sequences.Equal(Subnets, other.Subnets);

    public override int GetHashCode() => HashCode.Combine(Uid, Revision);
}

/// <summary>A port as nodes see it. Equal by what it holds.</summary>
/// <param name="NodeNumber">0: nowhere.</param>
public sealed record NodePort(
    Guid Uid, string Project, string Name, Guid Network, MacAddress Mac, ImmutableArray<IPAddress> Addresses,
    uint NodeNumber, ImmutableArray<string> Aliases, string? Device, string? Owner, long Revision)
{
    /// <summary>Ordered by key, ordinal.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Labels { get; init; } = [];

    /// <summary>
    /// Uids of its security groups, in order. A name that stands for nothing is <see cref="Guid.Empty"/>: the port is
    /// restricted by it, and no rule of it allows anything.
    /// </summary>
    public ImmutableArray<Guid> Groups { get; init; } = [];

    /// <summary>Ports of its node's own addresses, on the default external network, that lead to it.</summary>
    public ImmutableArray<NodePortMapping> Published { get; init; } = [];

    public bool Equals(NodePort? other) =>
        other is not null
        && Sequences.Equal(Published, other.Published)
        && Uid == other.Uid && Revision == other.Revision && NodeNumber == other.NodeNumber
        && Network == other.Network && Mac == other.Mac && Project == other.Project && Name == other.Name
        && Device == other.Device && Owner == other.Owner
        && Sequences.Equal(Addresses, other.Addresses) && Sequences.Equal(Aliases, other.Aliases)
        && Sequences.Equal(Labels, other.Labels) && Sequences.Equal(Groups, other.Groups);

    public override int GetHashCode() => HashCode.Combine(Uid, Revision, NodeNumber);
}

public sealed record NodePeer(uint Number, string Name, IPAddress FabricAddress, int FabricMtu);
