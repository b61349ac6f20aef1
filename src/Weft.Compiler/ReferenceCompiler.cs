using System.Collections.Immutable;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Rules;

namespace Weft.Compiler;

/// <summary>
/// What a node's state is, said once and plainly, from the whole snapshot. <see cref="CompiledCluster"/>
/// must always agree with it; that is how it is tested.
/// </summary>
public static class ReferenceCompiler
{
    /// <summary>The state of the node of that name; the node need not exist.</summary>
    public static NodeState Compile(Snapshot snapshot, string nodeName)
    {
        var networks = snapshot.All<Network>().ToImmutableDictionary(network => network.Uid, WaysOut.Of(snapshot).Of);
        var floatings = WaysOut.Of(snapshot).Floatings.ToImmutableDictionary(floating => floating.Uid);
        var sets = snapshot.All<Policy>().Select(policy => RuleSpecs.Of(policy, snapshot))
            .Concat(snapshot.All<Router>().Select(router => RuleSpecs.Of(router, snapshot)))
            .Concat(snapshot.All<SecurityGroup>().Select(RuleSpecs.Of))
            .ToList();
        var rules = sets.SelectMany(set => RulesOf(snapshot, set)).ToList();
        var seen = SeenBy(snapshot, nodeName, networks, RuleBook.Of(sets, rules));
        var ports = seen.SelectMany(network => PortsOf(snapshot, network)).ToImmutableDictionary(port => port.Uid);
        var balancers = seen.SelectMany(network => BalancersOf(snapshot, network)).ToImmutableDictionary(balancer => balancer.Uid);
        var holders = ports.Values.Select(port => port.NodeNumber)
            .Concat(balancers.Values.Select(balancer => balancer.NodeNumber)).ToHashSet();
        var answering = floatings.Values.Select(floating => floating.NodeNumber).ToHashSet();
        var answersItself = snapshot.Find<Node>(ResourceKey.Node(nodeName)) is { } self && answering.Contains(self.Number);
        var peers = snapshot.All<Node>()
            .Where(node => node.Name != nodeName && (answersItself || holders.Contains(node.Number) || answering.Contains(node.Number)))
            .ToImmutableDictionary(node => node.Number, NodeRecords.Of);
        var groups = ports.Values.SelectMany(port => port.Groups).ToHashSet();
        var seenSets = sets
            .Where(set => set.IsGroup ? groups.Contains(set.Uid) : set.Networks.Any(uid => seen.Any(network => network.Uid == uid)))
            .ToImmutableDictionary(set => set.Uid);
        return new()
        {
            Revision = snapshot.Revision,
            Networks = networks,
            Ports = ports,
            Peers = peers,
            RuleSets = seenSets,
            Externals = snapshot.All<ExternalNetwork>()
                .ToImmutableDictionary(external => external.Uid, external => OutsideSpecs.Of(external, nodeName)),
            Floatings = floatings,
            Rules = rules.Where(rule => seenSets.ContainsKey(rule.Key.Set)).ToImmutableDictionary(rule => rule.Key),
            Balancers = balancers,
            Certificates = snapshot.All<LoadBalancer>()
                .Where(balancer => balancer.Node == nodeName
                    && snapshot.Find<Network>(ResourceKey.Network(balancer.Project, balancer.Network)) is not null)
                .SelectMany(CertificateTable.NamedBy).Distinct()
                .Select(snapshot.Find<Certificate>).OfType<Certificate>()
                .ToImmutableDictionary(certificate => certificate.Uid, CertificateTable.Of),
        };
    }

    /// <summary>The networks that it holds a port of, or has a load balancer of, and those joined to them.</summary>
    static List<NodeNetwork> SeenBy(
        Snapshot snapshot, string nodeName, ImmutableDictionary<Guid, NodeNetwork> networks, RuleBook book)
    {
        var held = snapshot.All<Port>().Where(port => port.Node == nodeName).Select(port => ResourceKey.Network(port.Project, port.Network))
            .Concat(snapshot.All<LoadBalancer>().Where(balancer => balancer.Node == nodeName)
                .Select(balancer => ResourceKey.Network(balancer.Project, balancer.Network)))
            .Select(snapshot.Find<Network>)
            .OfType<Network>()
            .Select(network => networks[network.Uid])
            .ToHashSet();
        return
        [
            .. networks.Values.Where(network => held.Contains(network) || held.Any(own =>
                NetworkJoins.AreJoined(book, own.Uid, own.Project, network.Uid, network.Project))),
        ];
    }

    static IEnumerable<NodePort> PortsOf(Snapshot snapshot, NodeNetwork network) =>
        snapshot.MembersOf(ResourceKey.Network(network.Project, network.Name)).OfType<Port>()
            .Select(port => NodeRecords.Of(port, network.Uid, NumberOf(snapshot, port.Node), snapshot));

    static IEnumerable<NodeBalancer> BalancersOf(Snapshot snapshot, NodeNetwork network)
    {
        var ports = PortsOf(snapshot, network).ToDictionary(port => port.Name);
        return snapshot.MembersOf(ResourceKey.Network(network.Project, network.Name)).OfType<LoadBalancer>()
            .Select(balancer => BalancerRecords.Of(balancer, network.Uid, NumberOf(snapshot, balancer.Node), ports));
    }

    static uint NumberOf(Snapshot snapshot, string? nodeName) =>
        nodeName is not null && snapshot.Find<Node>(ResourceKey.Node(nodeName)) is { } node ? node.Number : 0;

    static IEnumerable<NodeRule> RulesOf(Snapshot snapshot, NodeRuleSet set) => snapshot.Find<Resource>(set.Uid) switch
    {
        Router router => [RuleSpecs.RuleOf(router)],
        Policy policy => (policy.Rules ?? []).DistinctBy(rule => rule.Id).Select(rule => RuleSpecs.Of(policy, rule, snapshot)),
        SecurityGroup group => (group.Rules ?? []).DistinctBy(rule => rule.Id).Select(rule => RuleSpecs.Of(group, rule, snapshot)),
        _ => [],
    };
}
