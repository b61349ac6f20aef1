using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Weft.Model.Resources;

namespace Weft.Model.State;

public enum RuleAction
{
    Allow,
    Deny,

    /// <summary>Deny, and tell the sender.</summary>
    Reject,
}

/// <summary>Who may open connections by a rule.</summary>
public enum RuleDirection
{
    /// <summary>From <c>from</c> to <c>to</c>.</summary>
    OneWay,

    /// <summary>From either to the other.</summary>
    BothWays,

    /// <summary>Of a security group: to the ports that have it; <c>from</c> is the remote side.</summary>
    Ingress,

    /// <summary>Of a security group: from the ports that have it; <c>to</c> is the remote side.</summary>
    Egress,
}

/// <summary>A rule with every name resolved. Equal by what it holds.</summary>
/// <param name="Protocol">Null: any.</param>
/// <param name="Ports">Destination ports; empty: all.</param>
/// <param name="SourcePorts">Empty: all.</param>
/// <param name="IcmpTypes">Empty: all.</param>
/// <param name="Family">Null: both.</param>
public sealed record RuleSpec(
    RuleAction Action, RuleDirection Direction, byte? Protocol, RuleEndpoint From, RuleEndpoint To,
    ImmutableArray<PortRange> Ports, ImmutableArray<PortRange> SourcePorts, ImmutableArray<byte> IcmpTypes,
    AddressFamily? Family, bool Log)
{
    public bool Equals(RuleSpec? other) =>
        other is not null
        && Action == other.Action && Direction == other.Direction && Protocol == other.Protocol
        && Family == other.Family && Log == other.Log && From.Equals(other.From) && To.Equals(other.To)
        && Sequences.Equal(Ports, other.Ports) && Sequences.Equal(SourcePorts, other.SourcePorts)
        && Sequences.Equal(IcmpTypes, other.IcmpTypes);

    public override int GetHashCode() => HashCode.Combine(Action, Direction, Protocol, From, To, Ports.Length);
}

/// <summary>One side of a rule; everything that is given must hold. Equal by what it holds.</summary>
/// <param name="Network">Null: of a policy, the networks that it is attached to; of a security group, any.</param>
/// <param name="Group">A security group that the side's port must be in.</param>
/// <param name="Labels">Ordered by key, ordinal.</param>
public sealed record RuleEndpoint(
    Guid? Network, IPNetwork? Prefix, Guid? Group, ImmutableArray<KeyValuePair<string, string>> Labels)
{
    public static readonly RuleEndpoint Any = new(null, null, null, []);

    /// <summary>
    /// Holds for nobody: what names resolve to that stand for nothing. An allow with it allows nothing, a deny denies nothing.
    /// </summary>
    public static readonly RuleEndpoint Nobody = new(Guid.Empty, null, null, []);

    public bool Equals(RuleEndpoint? other) =>
        other is not null
        && Network == other.Network && Nullable.Equals(Prefix, other.Prefix) && Group == other.Group
        && Sequences.Equal(Labels, other.Labels);

    public override int GetHashCode() => HashCode.Combine(Network, Prefix, Group, Labels.IsDefault ? 0 : Labels.Length);
}
