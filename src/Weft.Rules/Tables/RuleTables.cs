using System.Net;

namespace Weft.Rules.Tables;

/// <summary>
/// A node's rules in the form that the vrouter asks: an identity for each address, a rule table for each pair of
/// identities, verdicts by protocol and port in each table. Kept up with its input; not for concurrent use.
/// </summary>
/// <remarks>
/// Rules lie in buckets by their two ends. An address holds some ends, and those that not all of its network hold make
/// its identity. A pair of identities fits the buckets between ends of the one and ends of the other; pairs that fit the
/// same buckets are a class and share a table. So a changed rule concerns the classes of its buckets, a changed port
/// its own identities, and nobody looks through all rules or all ports. Names are hashes of contents: the result does
/// not depend on the way that led to it (property test).
///
/// A change comes in three steps, so that it can reach the kernel without a gap: at first addresses are told apart as the
/// next rules tell them apart, with the verdicts that they had (<see cref="Refine"/>); then the verdicts change, and no
/// identity does (<see cref="Judge"/>); then identities that nothing tells apart any more become one, and ports change
/// (<see cref="Settle"/>).
/// </remarks>
public sealed class RuleTables
{
    readonly EndIndex _ends = new();
    readonly NetworkJoins _joins = new();
    readonly RulePlacer _placer;
    readonly IdentityBook _identities;
    readonly PairBook _pairs;
    readonly HashSet<Guid> _networks = [];

    public RuleTables() : this(static content => (ulong)content)
    {
    }

    /// <param name="hash">Makes names of contents.</param>
    internal RuleTables(Func<UInt128, ulong> hash)
    {
        _placer = new(_ends);
        _identities = new(_ends, hash);
        _pairs = new(_identities, _ends, _joins, hash);
    }

    /// <summary>Pairs with a table. Without: denied, or, inside one network and neither guarded, allowed.</summary>
    public IEnumerable<KeyValuePair<IdentityPair, ulong>> Pairs => _pairs.All;

    /// <summary>By id.</summary>
    public IReadOnlyDictionary<ulong, RuleTable> Tables => _pairs.Store.Tables;

    /// <summary>Of the networks of the input, as far as its book goes.</summary>
    public NetworkJoins Joins => _joins;

    /// <summary>Ports with an address without identity, since another has its name; they must be closed.</summary>
    public IReadOnlySet<Guid> PortCollisions => _identities.Collisions;

    /// <summary>Pairs that should have a table and are denied, since another table has its name.</summary>
    public IEnumerable<IdentityPair> PairCollisions => _pairs.Collisions;

    /// <summary>Top bit: its port has security groups. Null: there is none.</summary>
    public ulong? IdentityOf(Guid port, IPAddress address) => _identities.Ports.GetValueOrDefault(port)?.IdentityOf(address)?.Id;

    /// <summary>The table of a pair; 0: none.</summary>
    public ulong TableOf(IdentityPair pair) => _pairs.TableOf(pair);

    /// <summary>All three steps as one; for what starts with nothing.</summary>
    public RuleStep Update(RuleInput next, RuleChanges changes)
    {
        var step = new RuleStep();
        foreach (var part in (ReadOnlySpan<RuleStep>)[Refine(next, changes), Judge(next, changes), Settle(next, changes)])
        {
            step.Ports.UnionWith(part.Ports);
            step.Pairs.UnionWith(part.Pairs);
            step.Tables.UnionWith(part.Tables);
            step.Joins.UnionWith(part.Joins);
        }
        return step;
    }

    /// <summary>Tells addresses apart that the next rules tell apart. Verdicts stay.</summary>
    public RuleStep Refine(RuleInput next, RuleChanges changes)
    {
        foreach (var uid in changes.Sets)
            _placer.Foresee(uid, next.Book.Sets.GetValueOrDefault(uid));
        var ports = new HashSet<Guid>();
        foreach (var end in _ends.Added)
            ports.UnionWith(_identities.PortsNear(end).Where(port => _identities.Holds(port, end)));
        _ends.Added.Clear();
        return Finish(ports);
    }

    /// <summary>Changes the rules. Identities stay.</summary>
    public RuleStep Judge(RuleInput next, RuleChanges changes)
    {
        var step = new RuleStep();
        foreach (var uid in changes.Networks)
        {
            if (!next.Networks.TryGetValue(uid, out var network) || !_networks.Add(uid))
                continue;
            _identities.SetNetwork(uid, network.Project);
            step.Joins.UnionWith(_joins.SetNetwork(uid, network.Project));
        }
        foreach (var uid in changes.Sets)
        {
            var set = next.Book.Sets.GetValueOrDefault(uid);
            _placer.Place(uid, set);
            step.Joins.UnionWith(_joins.SetPolicy(uid, set));
        }
        _placer.EndForesight();
        return Finish([], step);
    }

    /// <summary>Changes the ports, and tells addresses apart no longer that no rule tells apart.</summary>
    public RuleStep Settle(RuleInput next, RuleChanges changes)
    {
        var step = new RuleStep();
        var ports = new HashSet<Guid>(changes.Ports);
        ports.UnionWith(_identities.Collisions);
        foreach (var end in _ends.Sweep())
            ports.UnionWith(_identities.PortsHolding(end));
        foreach (var uid in changes.Networks)
        {
            ports.UnionWith(_identities.PortsOf(uid));
            if (next.Networks.ContainsKey(uid) || !_networks.Remove(uid))
                continue;
            _identities.SetNetwork(uid, null);
            step.Joins.UnionWith(_joins.SetNetwork(uid, null));
        }
        if (_identities.Node != next.Node)
            ports.UnionWith(_identities.Ports.Keys);
        _identities.Node = next.Node;
        foreach (var uid in changes.Ports)
            _identities.SetPort(uid, next.Ports.GetValueOrDefault(uid));
        return Finish(ports, step);
    }

    RuleStep Finish(HashSet<Guid> ports, RuleStep? step = null)
    {
        step ??= new();
        foreach (var uid in ports)
        {
            if (_identities.Look(uid))
                step.Ports.Add(uid);
        }
        foreach (var identity in _identities.Changed)
            _pairs.Doubt(identity);
        foreach (var bucket in _placer.Changed)
            _pairs.Doubt(bucket);
        foreach (var pair in step.Joins)
            _pairs.Doubt(pair);
        _identities.Changed.Clear();
        _placer.Changed.Clear();
        _pairs.Settle();
        _identities.Sweep();
        Take(_pairs.Changed, step.Pairs);
        Take(_pairs.Store.Changed, step.Tables);
        return step;
    }

    static void Take<T>(HashSet<T> changed, HashSet<T> taken)
    {
        taken.UnionWith(changed);
        changed.Clear();
    }
}
