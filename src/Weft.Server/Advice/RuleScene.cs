using Weft.Compiler;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Rules;

namespace Weft.Server.Advice;

/// <summary>The part of a snapshot that rules about some networks are held against, as data planes see it.</summary>
/// <remarks>Made for one question, from what that concerns: policies that are attached elsewhere are not looked into.</remarks>
/// <param name="Book">Policies attached to one of the networks, and the groups that were asked for.</param>
/// <param name="Networks">By uid: these, and what else those policies are attached to.</param>
sealed record RuleScene(Snapshot Snapshot, RuleBook Book, IReadOnlyDictionary<Guid, NodeNetwork> Networks)
{
    public static RuleScene Around(Snapshot snapshot, IReadOnlyCollection<ResourceKey> networks, IEnumerable<SecurityGroup> groups)
    {
        var concerned = networks.ToHashSet();
        var policies = snapshot.All<Policy>().Where(policy => AttachedTo(policy).Any(concerned.Contains)).ToList();
        var sets = new List<NodeRuleSet>();
        var rules = new List<NodeRule>();
        foreach (var policy in policies)
        {
            sets.Add(RuleSpecs.Of(policy, snapshot));
            rules.AddRange((policy.Rules ?? []).Select(rule => RuleSpecs.Of(policy, rule, snapshot)));
        }
        foreach (var router in snapshot.All<Router>().Where(router => AttachedTo(router).Any(concerned.Contains)))
        {
            sets.Add(RuleSpecs.Of(router, snapshot));
            rules.Add(RuleSpecs.RuleOf(router));
        }
        foreach (var group in groups.Distinct())
        {
            sets.Add(RuleSpecs.Of(group));
            rules.AddRange((group.Rules ?? []).Select(rule => RuleSpecs.Of(group, rule, snapshot)));
        }
        var records = concerned.Concat(policies.SelectMany(AttachedTo)).Distinct()
            .Select(snapshot.Find<Network>).OfType<Network>().ToDictionary(network => network.Uid, WaysOut.Of(snapshot).Of);
        return new(snapshot, RuleBook.Of(sets, rules), records);
    }

    /// <summary><c>project/name</c>, or the name of an external network.</summary>
    public string NameOf(Guid network) =>
        Snapshot.Find<Network>(network) is { } found ? $"{found.Project}/{found.Name}"
        : Snapshot.Find<ExternalNetwork>(network)?.Name ?? network.ToString();

    /// <summary>All external networks, by uid. Uplinks are not looked at.</summary>
    public IReadOnlyDictionary<Guid, NodeExternal> Externals =>
        Snapshot.All<ExternalNetwork>().ToDictionary(external => external.Uid, external => OutsideSpecs.Of(external, ""));

    /// <summary>All that lead somewhere.</summary>
    public IEnumerable<NodeFloating> Floatings => WaysOut.Of(Snapshot).Floatings;

    /// <summary>Ports of these networks, when they are looked at.</summary>
    public IEnumerable<NodePort> Ports => Networks.Values
        .SelectMany(network => Snapshot.MembersOf(ResourceKey.Network(network.Project, network.Name)).OfType<Port>()
            .Select(port => RecordOf(port, network.Uid)));

    public NodePort RecordOf(Port port, Guid network)
    {
        var number = port.Node is { } node ? Snapshot.Find<Node>(ResourceKey.Node(node))?.Number ?? 0 : 0;
        return NodeRecords.Of(port, network, number, Snapshot);
    }

    static IEnumerable<ResourceKey> AttachedTo(Policy policy) =>
        (policy.Networks ?? []).Select(name => ResourceKey.Network(policy.Project, name));

    static IEnumerable<ResourceKey> AttachedTo(Router router) =>
        (router.Networks ?? []).Select(name => ResourceKey.Network(router.Project, name));
}
