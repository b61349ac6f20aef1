using System.Collections.Immutable;
using System.Net.Sockets;
using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>From policies, routers and security groups to the records that nodes get of them: names become uids and numbers.</summary>
/// <remarks>
/// Nothing is refused here. Where a name stands for nothing, an endpoint holds for nobody, so that the rule fits nothing: an
/// allow allows nothing, a deny denies nothing. The same goes for a rule whose words are not understood.
/// </remarks>
public static class RuleSpecs
{
    const uint RouterRule = 1;

    public static NodeRuleSet Of(Policy policy, Snapshot snapshot) => new(
        policy.Uid, IsGroup: false, policy.Project, policy.Name, policy.Number, PriorityOf(policy),
        [.. NetworksOf(policy).Select(key => snapshot.Resources.GetValueOrDefault(key)?.Uid).OfType<Guid>().Distinct().Order()],
        [.. (policy.Rules ?? []).Select(rule => rule.Id).Distinct()]);

    /// <summary>A router is a policy behind all others that lets its networks talk.</summary>
    public static NodeRuleSet Of(Router router, Snapshot snapshot) => new(
        router.Uid, IsGroup: false, router.Project, router.Name, router.Number, NodeRuleSet.RouterPriority,
        [.. NetworksOf(router).Select(key => snapshot.Resources.GetValueOrDefault(key)?.Uid).OfType<Guid>().Distinct().Order()],
        [RouterRule]);

    /// <summary>The one rule of a router.</summary>
    public static NodeRule RuleOf(Router router) => new(new(router.Uid, RouterRule), new(
        RuleAction.Allow, RuleDirection.BothWays, Protocol: null, RuleEndpoint.Any, RuleEndpoint.Any, [], [], [], Family: null, Log: false));

    public static NodeRuleSet Of(SecurityGroup group) => new(
        group.Uid, IsGroup: true, group.Project, group.Name, group.Number, Priority: 0, [],
        [.. (group.Rules ?? []).Select(rule => rule.Id).Distinct()]);

    public static NodeRule Of(Policy policy, PolicyRule rule, Snapshot snapshot) =>
        new(new(policy.Uid, rule.Id), SpecOf(policy, rule, snapshot));

    public static NodeRule Of(SecurityGroup group, SecurityGroupRule rule, Snapshot snapshot) =>
        new(new(group.Uid, rule.Id), SpecOf(group, rule, snapshot));

    /// <summary>Keys of what a policy is attached to, whether or not it exists.</summary>
    internal static IEnumerable<ResourceKey> NetworksOf(Policy policy) =>
        (policy.Networks ?? []).Select(name => ResourceKey.Network(policy.Project, name));

    /// <summary>Keys of what a rule names, whether or not it exists.</summary>
    internal static IEnumerable<ResourceKey> NamesIn(Policy policy, PolicyRule rule) =>
        NamesIn(policy, rule.From).Concat(NamesIn(policy, rule.To));

    /// <inheritdoc cref="NetworksOf(Policy)"/>
    internal static IEnumerable<ResourceKey> NetworksOf(Router router) =>
        (router.Networks ?? []).Select(name => ResourceKey.Network(router.Project, name));

    /// <inheritdoc cref="NamesIn(Policy, PolicyRule)"/>
    internal static IEnumerable<ResourceKey> NamesIn(SecurityGroup group, SecurityGroupRule rule) =>
        rule.RemoteGroup is { } remote ? [ResourceKey.SecurityGroup(group.Project, remote)] : [];

    static IEnumerable<ResourceKey> NamesIn(Policy policy, PolicyEndpoint? endpoint)
    {
        if (endpoint?.Network is { } network)
            yield return NetworkKey(policy, network);
        if (endpoint?.SecurityGroup is { } group)
            yield return ResourceKey.SecurityGroup(policy.Project, group);
        if (endpoint?.ExternalNetwork is { } external)
            yield return ResourceKey.ExternalNetwork(external);
    }

    static RuleSpec SpecOf(Policy policy, PolicyRule rule, Snapshot snapshot)
    {
        var action = rule.Action == Policy.Allow ? RuleAction.Allow : rule.Reject ? RuleAction.Reject : RuleAction.Deny;
        var direction = rule.Direction == Policy.BothWays ? RuleDirection.BothWays : RuleDirection.OneWay;
        if (rule.Action is not (Policy.Allow or Policy.Deny) || rule.Direction is not (null or Policy.OneWay or Policy.BothWays)
            || Matches(rule.Protocol, rule.Ports, rule.SourcePorts, rule.IcmpTypes) is not { } matches)
            return Nothing(action, direction, rule.Log);
        return new(
            action, direction, matches.Protocol, EndpointOf(policy, rule.From, snapshot), EndpointOf(policy, rule.To, snapshot),
            matches.Ports, matches.SourcePorts, matches.IcmpTypes, Family: null, rule.Log);
    }

    static RuleSpec SpecOf(SecurityGroup group, SecurityGroupRule rule, Snapshot snapshot)
    {
        var direction = rule.Direction == SecurityGroup.Egress ? RuleDirection.Egress : RuleDirection.Ingress;
        if (rule.Direction is not (SecurityGroup.Ingress or SecurityGroup.Egress)
            || rule.Family is not (null or SecurityGroup.IPv4 or SecurityGroup.IPv6)
            || Matches(rule.Protocol, rule.Ports, null, rule.IcmpTypes) is not { } matches)
            return Nothing(RuleAction.Allow, direction, log: false);
        var remote = RemoteOf(group, rule, snapshot);
        var isIngress = direction == RuleDirection.Ingress;
        return new(
            RuleAction.Allow, direction, matches.Protocol, isIngress ? remote : RuleEndpoint.Any, isIngress ? RuleEndpoint.Any : remote,
            matches.Ports, matches.SourcePorts, matches.IcmpTypes,
            rule.Family switch { null => null, SecurityGroup.IPv4 => AddressFamily.InterNetwork, _ => AddressFamily.InterNetworkV6 },
            Log: false);
    }

    static RuleEndpoint EndpointOf(Policy policy, PolicyEndpoint? endpoint, Snapshot snapshot)
    {
        if (endpoint is null)
            return RuleEndpoint.Any;
        if (endpoint.ExternalNetwork is { } external)
            return OutsideOf(endpoint, external, snapshot);
        var (network, group) = ((Guid?)null, (Guid?)null);
        if (endpoint.Network is { } name && (network = UidOf(NetworkKey(policy, name), snapshot)) is null)
            return RuleEndpoint.Nobody;
        if (endpoint.SecurityGroup is { } of && (group = UidOf(ResourceKey.SecurityGroup(policy.Project, of), snapshot)) is null)
            return RuleEndpoint.Nobody;
        return new(network, endpoint.Prefix, group, NodeRecords.Ordered(endpoint.Labels));
    }

    /// <summary>Nobody outside is in a network of the cluster, in a group, or has labels.</summary>
    static RuleEndpoint OutsideOf(PolicyEndpoint endpoint, string external, Snapshot snapshot) =>
        endpoint is { Network: null, SecurityGroup: null, Labels: null or { Count: 0 } }
        && UidOf(ResourceKey.ExternalNetwork(external), snapshot) is { } uid
            ? new(uid, endpoint.Prefix, null, [])
            : RuleEndpoint.Nobody;

    static RuleEndpoint RemoteOf(SecurityGroup group, SecurityGroupRule rule, Snapshot snapshot)
    {
        var remote = (Guid?)null;
        if (rule.RemoteGroup is { } name && (remote = UidOf(ResourceKey.SecurityGroup(group.Project, name), snapshot)) is null)
            return RuleEndpoint.Nobody;
        return new(null, rule.RemotePrefix, remote, []);
    }

    /// <returns>Null for what is not understood.</returns>
    static Matched? Matches(
        string? protocolName, IReadOnlyList<PortRange>? ports, IReadOnlyList<PortRange>? sourcePorts, IReadOnlyList<string>? typeNames)
    {
        var protocol = (byte?)null;
        if (protocolName is not null)
        {
            if (!IpProtocols.TryParse(protocolName, out var number))
                return null;
            protocol = number;
        }
        if ((ports ?? []).Concat(sourcePorts ?? []).Any(range => range.First > range.Last))
            return null;
        var types = new byte[typeNames?.Count ?? 0];
        for (var i = 0; i < types.Length; i++)
            if (protocol is not { } icmp || !IcmpTypes.TryParse(icmp, typeNames![i], out types[i]))
                return null;
        return new(protocol, [.. ports ?? []], [.. sourcePorts ?? []], [.. types]);
    }

    static RuleSpec Nothing(RuleAction action, RuleDirection direction, bool log) =>
        new(action, direction, null, RuleEndpoint.Nobody, RuleEndpoint.Nobody, [], [], [], null, log);

    static ResourceKey NetworkKey(Policy policy, string text)
    {
        var name = NetworkName.Of(text, policy.Project);
        return ResourceKey.Network(name.Project, name.Name);
    }

    static Guid? UidOf(ResourceKey key, Snapshot snapshot) => snapshot.Resources.GetValueOrDefault(key)?.Uid;

    static int PriorityOf(Policy policy) => policy.Priority == 0 ? Policy.DefaultPriority : Math.Clamp(policy.Priority, 1, ushort.MaxValue);

    readonly record struct Matched(
        byte? Protocol, ImmutableArray<PortRange> Ports, ImmutableArray<PortRange> SourcePorts, ImmutableArray<byte> IcmpTypes);
}
