using System.Net;
using System.Text.Json.Serialization;
using Weft.Model.State;

namespace Weft.Model.Resources;

/// <summary>
/// Stateful rules that allow, on ports, as in Neutron. A port without groups is not restricted; one with groups may open
/// and accept only what a rule of one of them allows. Answers always pass.
/// </summary>
public sealed record SecurityGroup : ProjectResource
{
    public const string KindName = "security-group";

    public const string Ingress = "ingress";
    public const string Egress = "egress";

    public const string IPv4 = "ipv4";
    public const string IPv6 = "ipv6";

    [JsonPropertyOrder(KindOrder)]
    public override string Kind => KindName;

    public string? Description { get; init; }

    /// <summary>Given by the server, from 1, in one row with policies; what data planes and flows call it.</summary>
    public uint Number { get; init; }

    /// <summary>In no order: one that fits is enough.</summary>
    public IReadOnlyList<SecurityGroupRule>? Rules { get; init; }

    /// <inheritdoc cref="Policy.LastRuleId"/>
    public uint LastRuleId { get; init; }
}

/// <summary>One thing that a security group allows. Equal by what it holds.</summary>
public sealed record SecurityGroupRule
{
    /// <summary>Chosen by the server, from 1, unique in the group; kept while the rule stays.</summary>
    public uint Id { get; init; }

    /// <summary><c>ingress</c>: to the port; <c>egress</c>: from it. Required.</summary>
    public string Direction { get; init => field = value ?? ""; } = "";

    /// <summary><c>ipv4</c> or <c>ipv6</c>; both when not given.</summary>
    public string? Family { get; init; }

    /// <summary>A name or number; any when not given.</summary>
    public string? Protocol { get; init; }

    /// <summary>Destination ports; all when not given.</summary>
    public IReadOnlyList<PortRange>? Ports { get; init; }

    /// <inheritdoc cref="PolicyRule.IcmpTypes"/>
    public IReadOnlyList<string>? IcmpTypes { get; init; }

    /// <summary>The other side's address lies in it. Not together with <see cref="RemoteGroup"/>.</summary>
    public IPNetwork? RemotePrefix { get; init; }

    /// <summary>The other side's port is in this group of the same project; its own name is allowed.</summary>
    public string? RemoteGroup { get; init; }

    public string? Description { get; init; }

    public bool Equals(SecurityGroupRule? other) =>
        other is not null
        && Id == other.Id && Direction == other.Direction && Family == other.Family && Protocol == other.Protocol
        && Description == other.Description && RemoteGroup == other.RemoteGroup
        && Nullable.Equals(RemotePrefix, other.RemotePrefix)
        && Sequences.Equal(Ports, other.Ports) && Sequences.Equal(IcmpTypes, other.IcmpTypes);

    public override int GetHashCode() =>
        HashCode.Combine(Id, Direction, Protocol, RemotePrefix, RemoteGroup, Ports is { Count: > 0 } ports ? ports[0] : default);
}
