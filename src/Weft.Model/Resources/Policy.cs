using System.Net;
using System.Text.Json.Serialization;
using Weft.Model.State;

namespace Weft.Model.Resources;

/// <summary>An ordered list of rules about connections between networks. It says nothing about what stays inside one.</summary>
public sealed record Policy : ProjectResource
{
    public const string KindName = "policy";

    public const string Allow = "allow";
    public const string Deny = "deny";

    /// <summary>Only <c>from</c> may open connections; answers pass.</summary>
    public const string OneWay = "->";

    /// <summary>Either side may open connections to the ports of the rule.</summary>
    public const string BothWays = "<->";

    public const int DefaultPriority = 100;

    [JsonPropertyOrder(KindOrder)]
    public override string Kind => KindName;

    public string? Description { get; init; }

    /// <summary>Given by the server, from 1, in one row with security groups; what data planes and flows call it.</summary>
    public uint Number { get; init; }

    /// <summary>Policies of lower priority are asked first, equal ones by name. 1 to 65535; 100 when 0.</summary>
    public int Priority { get; init; }

    /// <summary>Names of the networks of the same project that it is attached to.</summary>
    public IReadOnlyList<string>? Networks { get; init; }

    /// <summary>The first one that fits a connection decides it.</summary>
    public IReadOnlyList<PolicyRule>? Rules { get; init; }

    /// <summary>Told by the server: the highest id that a rule of it ever had. No id is given twice.</summary>
    public uint LastRuleId { get; init; }
}

/// <summary>One rule of a policy. Equal by what it holds.</summary>
public sealed record PolicyRule
{
    /// <summary>Chosen by the server, from 1, unique in the policy; kept while the rule stays, also when others come before it.</summary>
    public uint Id { get; init; }

    /// <summary><c>allow</c> or <c>deny</c>. Required.</summary>
    public string Action { get; init => field = value ?? ""; } = "";

    /// <summary>A name (<c>tcp</c>, <c>icmpv6</c>) or number; any when not given.</summary>
    public string? Protocol { get; init; }

    /// <summary>Any when not given.</summary>
    public PolicyEndpoint? From { get; init; }

    /// <summary><c>-&gt;</c> when not given, or <c>&lt;-&gt;</c>.</summary>
    public string? Direction { get; init; }

    /// <summary>Any when not given.</summary>
    public PolicyEndpoint? To { get; init; }

    /// <summary>Destination ports of TCP, UDP, UDP-Lite, SCTP or DCCP; all when not given.</summary>
    public IReadOnlyList<PortRange>? Ports { get; init; }

    /// <summary>Source ports; all when not given.</summary>
    public IReadOnlyList<PortRange>? SourcePorts { get; init; }

    /// <summary>Of ICMP or ICMPv6: names (<c>echo-request</c>) or numbers; all when not given.</summary>
    public IReadOnlyList<string>? IcmpTypes { get; init; }

    /// <summary>A deny that says so: TCP reset, or ICMP administratively prohibited. Otherwise packets are dropped.</summary>
    public bool Reject { get; init; }

    /// <summary>Each connection that the rule decides is told to the agent's log.</summary>
    public bool Log { get; init; }

    public string? Description { get; init; }

    public bool Equals(PolicyRule? other) =>
        other is not null
        && Id == other.Id && Action == other.Action && Protocol == other.Protocol && Direction == other.Direction
        && Reject == other.Reject && Log == other.Log && Description == other.Description
        && Equals(From, other.From) && Equals(To, other.To)
        && Sequences.Equal(Ports, other.Ports) && Sequences.Equal(SourcePorts, other.SourcePorts)
        && Sequences.Equal(IcmpTypes, other.IcmpTypes);

    public override int GetHashCode() =>
        HashCode.Combine(Id, Action, Protocol, From, To, Ports is { Count: > 0 } ports ? ports[0] : default);
}

/// <summary>One side of a rule: everything that is given must hold. Nothing given is any. Equal by what it holds.</summary>
public sealed record PolicyEndpoint
{
    /// <summary><c>frontend</c> of the policy's project, or <c>project/frontend</c>. Without: the networks that the policy is attached to.</summary>
    public string? Network { get; init; }

    /// <summary>The side is outside: in this external network. Not together with a network, group or labels.</summary>
    public string? ExternalNetwork { get; init; }

    /// <summary>The side's address lies in it.</summary>
    public IPNetwork? Prefix { get; init; }

    /// <summary>The side's port is in this security group of the policy's project.</summary>
    public string? SecurityGroup { get; init; }

    /// <summary>The side's port has all of these labels.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public bool Equals(PolicyEndpoint? other) =>
        other is not null
        && Network == other.Network && ExternalNetwork == other.ExternalNetwork && Nullable.Equals(Prefix, other.Prefix) && SecurityGroup == other.SecurityGroup
        && Sequences.Equal(Labels, other.Labels);

    public override int GetHashCode() => HashCode.Combine(Network, Prefix, SecurityGroup, Labels?.Count ?? 0);
}
