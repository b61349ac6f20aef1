using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>
/// Gathers steps; of two steps of one record the later holds. Also how deltas that a slow reader has not
/// fetched yet become one.
/// </summary>
/// <remarks>Not for concurrent use.</remarks>
public sealed class NodeDeltaBuilder
{
    readonly RecordSteps<Guid, NodeNetwork> _networks = new(network => network.Uid);
    readonly RecordSteps<Guid, NodePort> _ports = new(port => port.Uid);
    readonly RecordSteps<uint, NodePeer> _peers = new(peer => peer.Number);
    readonly RecordSteps<Guid, NodeRuleSet> _ruleSets = new(set => set.Uid);
    readonly RecordSteps<NodeRuleKey, NodeRule> _rules = new(rule => rule.Key);
    readonly RecordSteps<Guid, NodeExternal> _externals = new(external => external.Uid);
    readonly RecordSteps<Guid, NodeFloating> _floatings = new(floating => floating.Uid);
    readonly RecordSteps<Guid, NodeBalancer> _balancers = new(balancer => balancer.Uid);
    readonly RecordSteps<NodeMemberKey, NodeHealth> _health = new(health => health.Key);
    readonly RecordSteps<Guid, NodeCertificate> _certificates = new(certificate => certificate.Uid);

    public int Count =>
        _networks.Count + _ports.Count + _peers.Count + _ruleSets.Count + _rules.Count + _externals.Count + _floatings.Count
        + _balancers.Count + _health.Count + _certificates.Count;

    /// <summary>How many of them are removals: only these can be of what the reader never had.</summary>
    public int Removals =>
        _networks.Removals + _ports.Removals + _peers.Removals + _ruleSets.Removals + _rules.Removals
        + _externals.Removals + _floatings.Removals + _balancers.Removals + _health.Removals + _certificates.Removals;

    /// <summary>What changes is in the later delta of the two; the revision too.</summary>
    public void Add(NodeDelta later)
    {
        _networks.Add(later.Networks, later.RemovedNetworks);
        _ports.Add(later.Ports, later.RemovedPorts);
        _peers.Add(later.Peers, later.RemovedPeers);
        _ruleSets.Add(later.RuleSets, later.RemovedRuleSets);
        _rules.Add(later.Rules, later.RemovedRules);
        _externals.Add(later.Externals, later.RemovedExternals);
        _floatings.Add(later.Floatings, later.RemovedFloatings);
        _balancers.Add(later.Balancers, later.RemovedBalancers);
        _health.Add(later.Health, later.RemovedHealth);
        _certificates.Add(later.Certificates, later.RemovedCertificates);
    }

    /// <summary>Joins two parts of one step, which have no order: where one sets and one removes, the record stays.</summary>
    public void Include(NodeDelta part)
    {
        _networks.Include(part.Networks, part.RemovedNetworks);
        _ports.Include(part.Ports, part.RemovedPorts);
        _peers.Include(part.Peers, part.RemovedPeers);
        _ruleSets.Include(part.RuleSets, part.RemovedRuleSets);
        _rules.Include(part.Rules, part.RemovedRules);
        _externals.Include(part.Externals, part.RemovedExternals);
        _floatings.Include(part.Floatings, part.RemovedFloatings);
        _balancers.Include(part.Balancers, part.RemovedBalancers);
        _health.Include(part.Health, part.RemovedHealth);
        _certificates.Include(part.Certificates, part.RemovedCertificates);
    }

    /// <summary>The delta of all that was added; the builder is empty afterwards.</summary>
    public NodeDelta Build(long revision)
    {
        var (networks, goneNetworks) = _networks.Take();
        var (ports, gonePorts) = _ports.Take();
        var (peers, gonePeers) = _peers.Take();
        var (ruleSets, goneRuleSets) = _ruleSets.Take();
        var (rules, goneRules) = _rules.Take();
        var (externals, goneExternals) = _externals.Take();
        var (floatings, goneFloatings) = _floatings.Take();
        var (balancers, goneBalancers) = _balancers.Take();
        var (health, goneHealth) = _health.Take();
        var (certificates, goneCertificates) = _certificates.Take();
        return new(revision, networks, ports, peers, goneNetworks, gonePorts, gonePeers)
        {
            RuleSets = ruleSets,
            Rules = rules,
            RemovedRuleSets = goneRuleSets,
            RemovedRules = goneRules,
            Externals = externals,
            RemovedExternals = goneExternals,
            Floatings = floatings,
            RemovedFloatings = goneFloatings,
            Balancers = balancers,
            RemovedBalancers = goneBalancers,
            Health = health,
            RemovedHealth = goneHealth,
            Certificates = certificates,
            RemovedCertificates = goneCertificates,
        };
    }

    public void Set(NodeNetwork network) => _networks.Set(network);

    public void Set(NodePort port) => _ports.Set(port);

    public void Set(NodePeer peer) => _peers.Set(peer);

    public void Set(NodeRuleSet set) => _ruleSets.Set(set);

    public void Set(NodeRule rule) => _rules.Set(rule);

    public void Set(NodeExternal external) => _externals.Set(external);

    public void Set(NodeFloating floating) => _floatings.Set(floating);

    public void Set(NodeBalancer balancer) => _balancers.Set(balancer);

    public void Set(NodeHealth health) => _health.Set(health);

    public void Set(NodeCertificate certificate) => _certificates.Set(certificate);

    /// <summary>Removes a network unless something set it: a uid that only moved is an upsert.</summary>
    public void RemoveNetwork(Guid uid) => _networks.Remove(uid);

    /// <inheritdoc cref="RemoveNetwork"/>
    public void RemovePort(Guid uid) => _ports.Remove(uid);

    /// <inheritdoc cref="RemoveNetwork"/>
    public void RemovePeer(uint number) => _peers.Remove(number);

    /// <inheritdoc cref="RemoveNetwork"/>
    public void RemoveRuleSet(Guid uid) => _ruleSets.Remove(uid);

    /// <inheritdoc cref="RemoveNetwork"/>
    public void RemoveRule(NodeRuleKey key) => _rules.Remove(key);

    /// <inheritdoc cref="RemoveNetwork"/>
    public void RemoveFloating(Guid uid) => _floatings.Remove(uid);

    /// <inheritdoc cref="RemoveNetwork"/>
    public void RemoveBalancer(Guid uid) => _balancers.Remove(uid);

    /// <inheritdoc cref="RemoveNetwork"/>
    public void RemoveHealth(NodeMemberKey key) => _health.Remove(key);

    /// <inheritdoc cref="RemoveNetwork"/>
    public void RemoveCertificate(Guid uid) => _certificates.Remove(uid);
}
