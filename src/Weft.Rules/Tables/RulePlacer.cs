using System.Runtime.InteropServices;
using Weft.Model.State;

namespace Weft.Rules.Tables;

/// <summary>Keeps the rules of the book in buckets by their ends.</summary>
sealed class RulePlacer(EndIndex ends)
{
    readonly Dictionary<Guid, PlacedSet> _sets = [];
    int _serial;

    /// <summary>Buckets whose rules changed since they were last taken; also those that came or went.</summary>
    internal HashSet<Bucket> Changed { get; } = [];

    /// <summary>What the set says from now on.</summary>
    /// <param name="next">Null: it is gone.</param>
    internal void Place(Guid uid, RuleSet? next)
    {
        var before = _sets.GetValueOrDefault(uid);
        if (ReferenceEquals(before?.Set, next))
            return;
        var (head, tail) = next is null ? (0, 0) : Common(before, next);
        var placed = next is null ? null : before?.IsLike(next) == true ? before : new(next);
        for (var i = head; i < (before?.Rules.Count ?? 0) - tail; i++)
            Remove(before!.Rules[i]);
        if (placed is null)
        {
            _sets.Remove(uid);
            return;
        }
        var rules = new List<PlacedRule>(next!.Rules.Length);
        rules.AddRange(CollectionsMarshal.AsSpan(before?.Rules ?? [])[..head]);
        for (var i = head; i < next.Rules.Length - tail; i++)
            rules.Add(new(placed, next.Rules[i]));
        rules.AddRange(CollectionsMarshal.AsSpan(before?.Rules ?? [])[^tail..]);
        for (var i = head; i < rules.Count; i++)
            rules[i].Position = i;
        for (var i = head; i < rules.Count - tail; i++)
            Insert(placed, rules[i]);
        (placed.Set, placed.Rules) = (next, rules);
        _sets[uid] = placed;
    }

    /// <summary>How many rules at either end are the same rules in the same place.</summary>
    static (int Head, int Tail) Common(PlacedSet? before, RuleSet next)
    {
        if (before is null || !before.IsLike(next))
            return (0, 0);
        var (rules, others) = (before.Rules, next.Rules);
        var shortest = Math.Min(rules.Count, others.Length);
        var (head, tail) = (0, 0);
        while (head < shortest && Same(rules[head].Rule, others[head]))
            head++;
        while (tail < shortest - head && Same(rules[^(tail + 1)].Rule, others[^(tail + 1)]))
            tail++;
        return (head, tail);

        static bool Same(NodeRule one, NodeRule other) => ReferenceEquals(one, other) || one.Equals(other);
    }

    void Insert(PlacedSet set, PlacedRule rule)
    {
        foreach (var (from, to, gate) in WaysOf(set, rule.Spec))
        {
            var bucket = BucketOf(ends.Acquire(from), ends.Acquire(to), set, gate);
            bucket.Insert(rule);
            rule.Buckets.Add(bucket);
            Changed.Add(bucket);
        }
    }

    void Remove(PlacedRule rule)
    {
        foreach (var bucket in rule.Buckets)
        {
            bucket.Remove(rule);
            Changed.Add(bucket);
            if (bucket.Rules.Count == 0)
            {
                var buckets = bucket.From.To[bucket.To];
                buckets.Remove(bucket);
                if (buckets.Count == 0)
                    bucket.From.To.Remove(bucket.To);
            }
            ends.Release(bucket.From);
            ends.Release(bucket.To);
        }
    }

    Bucket BucketOf(RuleEnd from, RuleEnd to, PlacedSet set, GateKind gate)
    {
        var buckets = CollectionsMarshal.GetValueRefOrAddDefault(from.To, to, out _) ??= new(1);
        foreach (var bucket in buckets)
        {
            if (ReferenceEquals(bucket.Set, set) && bucket.Gate == gate)
                return bucket;
        }
        var made = new Bucket(from, to, set, gate, ++_serial);
        buckets.Add(made);
        return made;
    }

    /// <summary>From which end to which a rule fits, and which gate asks it.</summary>
    internal static IEnumerable<(EndKey From, EndKey To, GateKind Gate)> WaysOf(PlacedSet set, RuleSpec rule)
    {
        var from = KeyOf(set, rule.From, rule);
        var to = KeyOf(set, rule.To, rule);
        switch (rule.Direction)
        {
            case RuleDirection.Ingress when set.Record.IsGroup:
                yield return (from, MembersOf(set, rule), GateKind.Ingress);
                break;
            case RuleDirection.Egress when set.Record.IsGroup:
                yield return (MembersOf(set, rule), to, GateKind.Egress);
                break;
            case RuleDirection.OneWay or RuleDirection.BothWays when !set.Record.IsGroup && CanFit(set, rule):
                yield return (from, to, GateKind.Policy);
                if (rule.Direction == RuleDirection.BothWays && from != to)
                    yield return (to, from, GateKind.Policy);
                break;
        }
    }

    /// <summary>A rule between two networks to neither of which its policy is attached is asked by nobody.</summary>
    static bool CanFit(PlacedSet set, RuleSpec rule) =>
        rule.From.Network is { } from && rule.To.Network is { } to
            ? set.Record.Networks.Contains(from) || set.Record.Networks.Contains(to)
            : !set.Scope.IsEmpty;

    static EndKey KeyOf(PlacedSet set, RuleEndpoint endpoint, RuleSpec rule) => new(
        endpoint.Network is { } network ? new([network]) : set.Record.IsGroup ? NetworkScope.Any : set.Scope,
        endpoint.Network is null ? endpoint : endpoint with { Network = null },
        rule.Family);

    static EndKey MembersOf(PlacedSet set, RuleSpec rule) =>
        new(NetworkScope.Any, RuleEndpoint.Any with { Group = set.Record.Uid }, rule.Family);
}
