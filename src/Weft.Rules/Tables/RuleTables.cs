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
/// </remarks>
public sealed class RuleTables
{
    // To ask every port about one end costs a fraction of looking at the port.
    const int FewEnds = 8;

    readonly EndIndex _ends = new();
    readonly NetworkJoins _joins = new();
    readonly RulePlacer _placer;
    readonly IdentityBook _identities;
    readonly OutsideRegions _regions;
    readonly OutsideJoins _crossings = new();
    readonly PairBook _pairs;

    public RuleTables() : this(static content => (ulong)content)
    {
    }

    /// <param name="hash">Makes names of contents.</param>
    internal RuleTables(Func<UInt128, ulong> hash)
    {
        _placer = new(_ends);
        _identities = new(_ends, hash);
        _regions = new(_ends, _identities);
        _pairs = new(_identities, _ends, _joins, hash);
    }

    /// <summary>Pairs with a table. Without: denied, or, inside one network and neither guarded, allowed.</summary>
    public IEnumerable<KeyValuePair<IdentityPair, ulong>> Pairs => _pairs.All;

    /// <summary>By id.</summary>
    public IReadOnlyDictionary<ulong, RuleTable> Tables => _pairs.Store.Tables;

    /// <summary>Of the networks of the input, as far as its book goes.</summary>
    public NetworkJoins Joins => _joins;

    /// <summary>Ports with an address without identity, since another has its name; they must be closed. Looked at again at each update.</summary>
    public IReadOnlySet<Guid> PortCollisions => _identities.Collisions;

    /// <summary>Pairs that should have a table and are denied, since another table has its name.</summary>
    public IEnumerable<IdentityPair> PairCollisions => _pairs.CollidingClasses == 0 ? [] : _pairs.Collisions;

    /// <summary>Top bit: its port has security groups. Null: there is none.</summary>
    public ulong? IdentityOf(Guid port, IPAddress address) => _identities.Ports.GetValueOrDefault(port)?.IdentityOf(address)?.Id;

    /// <summary>The table of a pair; 0: none.</summary>
    public ulong TableOf(IdentityPair pair) => _pairs.TableOf(pair);

    /// <summary>Regions of an external network; the longest that an address is in counts. Identity 0: there is none, and nothing may get there.</summary>
    public IEnumerable<KeyValuePair<IPNetwork, ulong>> RegionsOf(Guid external) => _regions.Of(external);

    /// <summary>Null: there is no such region; 0: it has none.</summary>
    public ulong? IdentityOf(OutsideRegion region) => _regions.IdentityOf(region);

    /// <summary>Of all of a prefix in an external network, as far as no longer prefix says otherwise; 0: there is none.</summary>
    public ulong OutsideIdentityOf(Guid external, IPNetwork prefix) => _regions.IdentityAround(external, prefix);

    /// <summary>Follows a change of the input.</summary>
    /// <param name="changes">What differs from the last input, or more.</param>
    public RuleStep Update(RuleInput next, RuleChanges changes)
    {
        var step = new RuleStep();
        foreach (var uid in changes.Networks)
        {
            var project = next.Networks.GetValueOrDefault(uid)?.Project;
            _identities.SetNetwork(uid, project);
            step.Joins.UnionWith(_joins.SetNetwork(uid, project));
        }
        foreach (var uid in changes.Sets)
        {
            var set = next.Book.Sets.GetValueOrDefault(uid);
            _placer.Place(uid, set);
            step.Joins.UnionWith(_joins.SetPolicy(uid, set));
        }
        FollowOutside(next, changes, step);
        foreach (var uid in PortsToLookAt(next, changes))
        {
            if (_identities.Look(uid))
                step.Ports.Add(uid);
        }
        _regions.Settle();
        SettlePairs(step);
        return step;
    }

    void FollowOutside(RuleInput next, RuleChanges changes, RuleStep step)
    {
        var externals = new HashSet<Guid>(changes.Externals);
        if (_identities.Node != next.Node)
            changes = changes with { Floatings = [.. next.Floatings.Keys.Union(changes.Floatings)] };
        externals.UnionWith(_crossings.Update(next, changes));
        foreach (var uid in externals)
            _regions.Set(uid, next.Externals.ContainsKey(uid), _crossings.IsFront(uid));
        foreach (var (pair, joined) in _crossings.Take(next))
        {
            if (_joins.SetCrossing(pair, joined))
                step.Joins.Add(pair);
        }
    }

    HashSet<Guid> PortsToLookAt(RuleInput next, RuleChanges changes)
    {
        var ports = new HashSet<Guid>(changes.Ports);
        ports.UnionWith(_identities.Collisions);
        // What went is looked for by the ports of before, what came by those of after.
        foreach (var end in _ends.Sweep())
        {
            ports.UnionWith(_identities.PortsHolding(end));
            _regions.Forget(end);
        }
        if (_identities.Node != next.Node)
            ports.UnionWith(_identities.Ports.Keys);
        _identities.Node = next.Node;
        foreach (var uid in changes.Ports)
            _identities.SetPort(uid, next.Ports.GetValueOrDefault(uid));
        foreach (var uid in changes.Networks)
            ports.UnionWith(_identities.PortsOf(uid));
        var added = _ends.TakeAdded();
        added.ForEach(_regions.Learn);
        foreach (var scope in added.GroupBy(end => end.Key.Scope))
            ports.UnionWith(PortsNear([.. scope]));
        return ports;
    }

    /// <summary>Ports that hold one of some ends of one scope, or more ports when those are many.</summary>
    IEnumerable<Guid> PortsNear(List<RuleEnd> added) => added.Count > FewEnds
        ? _identities.PortsOf(added[0].Key.Scope)
        : added.SelectMany(end => _identities.PortsNear(end).Where(port => _identities.Holds(port, end)));

    void SettlePairs(RuleStep step)
    {
        foreach (var identity in _identities.Changed)
            _pairs.Doubt(identity);
        foreach (var bucket in _placer.Changed)
            _pairs.Doubt(bucket);
        foreach (var pair in step.Joins)
            _pairs.Doubt(pair);
        _pairs.Settle();
        _identities.Sweep();
        _identities.Changed.Clear();
        _placer.Changed.Clear();
        Take(_regions.Changed, step.Regions);
        Take(_pairs.Changed, step.Pairs);
        Take(_pairs.Store.Changed, step.Tables);
    }

    static void Take<T>(HashSet<T> changed, HashSet<T> taken)
    {
        taken.UnionWith(changed);
        changed.Clear();
    }
}
