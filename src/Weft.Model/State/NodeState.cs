using System.Collections.Immutable;

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

    /// <summary>
    /// All ports of those networks that have a port on this node, or a load balancer placed on it, and of networks that
    /// policies join to these, by uid.
    /// </summary>
    public ImmutableDictionary<Guid, NodePort> Ports { get; init; } = ImmutableDictionary<Guid, NodePort>.Empty;

    /// <summary>Other nodes that hold one of <see cref="Ports"/>, by number.</summary>
    public ImmutableDictionary<uint, NodePeer> Peers { get; init; } = ImmutableDictionary<uint, NodePeer>.Empty;

    /// <summary>
    /// Policies attached to a network of <see cref="Ports"/>, and the security groups of these ports, by uid.
    /// </summary>
    public ImmutableDictionary<Guid, NodeRuleSet> RuleSets { get; init; } = ImmutableDictionary<Guid, NodeRuleSet>.Empty;

    /// <summary>All rules of <see cref="RuleSets"/>.</summary>
    public ImmutableDictionary<NodeRuleKey, NodeRule> Rules { get; init; } = ImmutableDictionary<NodeRuleKey, NodeRule>.Empty;

    /// <summary>All external networks, by uid.</summary>
    public ImmutableDictionary<Guid, NodeExternal> Externals { get; init; } = ImmutableDictionary<Guid, NodeExternal>.Empty;

    /// <summary>All floating IPs that lead somewhere, by uid.</summary>
    public ImmutableDictionary<Guid, NodeFloating> Floatings { get; init; } = ImmutableDictionary<Guid, NodeFloating>.Empty;

    /// <summary>Load balancers of the networks of <see cref="Ports"/>, by uid.</summary>
    public ImmutableDictionary<Guid, NodeBalancer> Balancers { get; init; } = ImmutableDictionary<Guid, NodeBalancer>.Empty;

    /// <summary>Of members of <see cref="Balancers"/>.</summary>
    public ImmutableDictionary<NodeMemberKey, NodeHealth> Health { get; init; } = ImmutableDictionary<NodeMemberKey, NodeHealth>.Empty;

    /// <summary>Those that https listeners of load balancers on this node show, by uid.</summary>
    public ImmutableDictionary<Guid, NodeCertificate> Certificates { get; init; } = ImmutableDictionary<Guid, NodeCertificate>.Empty;

    /// <summary>The state after <paramref name="delta"/>; the cost is that of the delta.</summary>
    public NodeState With(NodeDelta delta) => new()
    {
        Revision = delta.Revision,
        Networks = Step(Networks, delta.Networks, network => network.Uid, delta.RemovedNetworks),
        Ports = Step(Ports, delta.Ports, port => port.Uid, delta.RemovedPorts),
        Peers = Step(Peers, delta.Peers, peer => peer.Number, delta.RemovedPeers),
        RuleSets = Step(RuleSets, delta.RuleSets, set => set.Uid, delta.RemovedRuleSets),
        Rules = Step(Rules, delta.Rules, rule => rule.Key, delta.RemovedRules),
        Externals = Step(Externals, delta.Externals, external => external.Uid, delta.RemovedExternals),
        Floatings = Step(Floatings, delta.Floatings, floating => floating.Uid, delta.RemovedFloatings),
        Balancers = Step(Balancers, delta.Balancers, balancer => balancer.Uid, delta.RemovedBalancers),
        Certificates = Step(Certificates, delta.Certificates, certificate => certificate.Uid, delta.RemovedCertificates),
        Health = Step(Health, delta.Health, health => health.Key, delta.RemovedHealth),
    };

    /// <summary>True when both hold equal records, of whatever revision.</summary>
    public bool HasSameRecordsAs(NodeState other) =>
        Same(Networks, other.Networks) && Same(Ports, other.Ports) && Same(Peers, other.Peers)
        && Same(RuleSets, other.RuleSets) && Same(Rules, other.Rules)
        && Same(Externals, other.Externals) && Same(Floatings, other.Floatings)
        && Same(Balancers, other.Balancers) && Same(Health, other.Health)
        && Same(Certificates, other.Certificates);

    static ImmutableDictionary<TKey, TRecord> Step<TKey, TRecord>(
        ImmutableDictionary<TKey, TRecord> records,
        ImmutableArray<TRecord> upserts,
        Func<TRecord, TKey> key,
        ImmutableArray<TKey> removes)
        where TKey : notnull
    {
        if (upserts.IsEmpty && removes.IsEmpty)
            return records;
        var next = records.ToBuilder();
        next.RemoveRange(removes);
        foreach (var record in upserts)
            next[key(record)] = record;
        return next.ToImmutable();
    }

    static bool Same<TKey, TRecord>(
        ImmutableDictionary<TKey, TRecord> one, ImmutableDictionary<TKey, TRecord> other)
        where TKey : notnull
        where TRecord : notnull =>
        ReferenceEquals(one, other)
        || one.Count == other.Count
        && one.All(pair => other.TryGetValue(pair.Key, out var record) && pair.Value.Equals(record));
}
