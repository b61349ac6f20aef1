using System.Runtime.InteropServices;

namespace Weft.Rules.Tables;

/// <summary>The table of each pair of identities that needs one.</summary>
sealed class PairBook(IdentityBook identities, EndIndex ends, NetworkJoins joins, Func<UInt128, ulong> hash)
{
    readonly Dictionary<IdentityPair, PairClass> _pairs = [];
    readonly Dictionary<PairClassKey, PairClass> _classes = [];
    readonly HashSet<(Identity From, Identity To)> _doubtful = [];
    readonly HashSet<PairClass> _stale = [];
    readonly List<Bucket> _found = [];

    internal TableStore Store { get; } = new();

    /// <summary>Pairs that came, went or lead to another table since they were last taken.</summary>
    internal HashSet<IdentityPair> Changed { get; } = [];

    /// <summary>Classes of pairs that have no table because another table has its name.</summary>
    internal int CollidingClasses { get; private set; }

    /// <summary>Pairs of those classes.</summary>
    internal IEnumerable<IdentityPair> Collisions => _classes.Values.Where(each => each.Collides).SelectMany(each => each.Pairs);

    internal int Count => _pairs.Count;

    internal ulong TableOf(IdentityPair pair) => _pairs.TryGetValue(pair, out var found) ? found.Table : 0;

    internal IEnumerable<KeyValuePair<IdentityPair, ulong>> All =>
        _pairs.Where(pair => pair.Value.Table != 0).Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Table));

    /// <summary>Looks at all pairs of an identity that came, went, or is local or not any more.</summary>
    internal void Doubt(Identity identity)
    {
        foreach (var other in identity.Partners)
            Doubt(identity, other);
        foreach (var other in identities.Of(identity.Network).PartnersOf(identity, isInside: true))
            Doubt(identity, other);
        foreach (var network in joins.JoinedTo(identity.Network))
        {
            foreach (var other in identities.Of(network).PartnersOf(identity, isInside: false))
                Doubt(identity, other);
        }
    }

    /// <summary>Looks at all pairs between two networks.</summary>
    internal void Doubt(NetworkPair pair)
    {
        foreach (var one in identities.Of(pair.First).All)
        {
            foreach (var other in identities.Of(pair.Second).PartnersOf(one, isInside: false))
                Doubt(one, other);
        }
    }

    /// <summary>The rules of a bucket changed; the first time also which pairs it is of.</summary>
    internal void Doubt(Bucket bucket)
    {
        _stale.UnionWith(bucket.Classes);
        if (bucket.Rules.Count > 0 && bucket.Classes.Count > 0)
            return;
        var to = HoldersOf(bucket.To).ToList();
        List<Identity> near = [.. to.Where(identity => identity.IsLocal)];
        foreach (var from in HoldersOf(bucket.From))
        {
            foreach (var other in from.IsLocal ? to : near)
                _doubtful.Add((from, other));
        }
    }

    /// <summary>Brings all that is in doubt up to date.</summary>
    internal void Settle()
    {
        foreach (var (from, to) in _doubtful)
            Assign(from, to, KeyOf(from, to));
        _doubtful.Clear();
        foreach (var stale in _stale)
        {
            if (stale.Pairs.Count > 0)
                Rebuild(stale);
        }
        _stale.Clear();
    }

    void Doubt(Identity one, Identity other)
    {
        _doubtful.Add((one, other));
        _doubtful.Add((other, one));
    }

    IEnumerable<Identity> HoldersOf(RuleEnd end) => !end.IsPlain ? end.Holders
        : end.Key.Scope.IsAny ? identities.All
        : end.Key.Scope.Networks.SelectMany(network => identities.Of(network).All);

    void Assign(Identity from, Identity to, PairClassKey? key)
    {
        var pair = new IdentityPair(from.Id, to.Id);
        var before = _pairs.GetValueOrDefault(pair);
        if (key is null ? before is null : key.Equals(before?.Key))
            return;
        var after = key is null ? null : ClassOf(key);
        before?.Pairs.Remove(pair);
        after?.Pairs.Add(pair);
        if (after is null)
            _pairs.Remove(pair);
        else
            _pairs[pair] = after;
        // The one left goes last, so that a table that both have stays.
        if (before is { Pairs.Count: 0 })
            Forget(before);
        if ((before?.Table ?? 0) != (after?.Table ?? 0))
            Changed.Add(pair);
        if (after is not null || _pairs.ContainsKey(new(to.Id, from.Id)))
            _ = from.Partners.Add(to) && to.Partners.Add(from);
        else
            _ = from.Partners.Remove(to) && to.Partners.Remove(from);
    }

    PairClass ClassOf(PairClassKey key)
    {
        ref var found = ref CollectionsMarshal.GetValueRefOrAddDefault(_classes, key, out var exists);
        if (exists)
            return found!;
        var made = found = new(key);
        foreach (var bucket in key.Buckets)
            bucket.Classes.Add(made);
        Build(made);
        return made;
    }

    void Forget(PairClass gone)
    {
        _classes.Remove(gone.Key);
        foreach (var bucket in gone.Key.Buckets)
            bucket.Classes.Remove(gone);
        if (gone.Table != 0)
            Store.Release(gone.Table);
        SetCollides(gone, false);
    }

    void Rebuild(PairClass stale)
    {
        var before = stale.Table;
        Build(stale);
        if (before != 0)
            Store.Release(before);
        if (before != stale.Table)
            Changed.UnionWith(stale.Pairs);
    }

    void Build(PairClass made)
    {
        var (table, second) = TableBuilder.Build(made.Gates(), hash);
        var isDefault = table.Entries is [var only] && only.Answer == new TableAnswer(made.Key.Gates.Default, 0);
        made.Table = !isDefault && Store.TryAcquire(table, second) ? table.Id : 0;
        SetCollides(made, !isDefault && made.Table == 0);
    }

    void SetCollides(PairClass each, bool collides)
    {
        CollidingClasses += (collides ? 1 : 0) - (each.Collides ? 1 : 0);
        each.Collides = collides;
    }

    /// <summary>The class that a pair should be of; null: none, since the default holds or nobody asks here.</summary>
    PairClassKey? KeyOf(Identity from, Identity to)
    {
        if (!from.IsLocal && !to.IsLocal || from.Addresses == 0 || to.Addresses == 0)
            return null;
        var isInside = from.Network == to.Network;
        var crossing = from.IsOutside || to.IsOutside;
        if (isInside ? crossing || !from.IsGuarded && !to.IsGuarded : !joins.AreJoined(from.Network, to.Network))
            return null;
        var gates = isInside ? new PairGates(null, null, from.IsGuarded, to.IsGuarded)
            : crossing ? new PairGates(from.IsOutside ? to.Project : from.Project, null, from.IsGuarded, to.IsGuarded, Crossing: true)
            : new PairGates(from.Project, from.Project == to.Project ? null : to.Project, from.IsGuarded, to.IsGuarded);
        _found.Clear();
        foreach (var end in from.Selectors)
            Find(end, to, gates);
        foreach (var end in ends.PlainOf(from.Network))
            Find(end, to, gates);
        if (_found.Count == 0 && !gates.NeedTable)
            return null;
        _found.Sort(static (one, other) => one.Serial.CompareTo(other.Serial));
        return new(gates, [.. _found]);
    }

    void Find(RuleEnd from, Identity to, PairGates gates)
    {
        if (from.To.Count > to.Selectors.Length)
        {
            foreach (var end in to.Selectors)
                Add(from, end, gates);
            foreach (var end in ends.PlainOf(to.Network))
                Add(from, end, gates);
            return;
        }
        foreach (var end in from.To.Keys)
        {
            if (to.Holds(end))
                Add(from, end, gates);
        }
    }

    void Add(RuleEnd from, RuleEnd to, PairGates gates)
    {
        if (!from.To.TryGetValue(to, out var buckets))
            return;
        foreach (var bucket in buckets)
        {
            if (bucket.Gate == GateKind.Policy ? bucket.Set.Record.Project == gates.Source || bucket.Set.Record.Project == gates.Destination
                : bucket.Gate == GateKind.Egress ? gates.Egress : gates.Ingress)
                _found.Add(bucket);
        }
    }
}
