using System.Collections.Immutable;
using Weft.Model.State;

namespace Weft.Rules;

/// <summary>All policies and security groups with their rules in deciding order. Immutable.</summary>
public sealed class RuleBook
{
    public static readonly RuleBook Empty = new(ImmutableDictionary<Guid, RuleSet>.Empty);

    RuleBook(ImmutableDictionary<Guid, RuleSet> sets) => Sets = sets;

    /// <summary>By uid.</summary>
    public ImmutableDictionary<Guid, RuleSet> Sets { get; }

    /// <summary>Policies are asked in this order: lower priority first, then by name.</summary>
    public static IComparer<RuleSet> PolicyOrder { get; } = Comparer<RuleSet>.Create(static (one, other) =>
        one.Record.Priority != other.Record.Priority
            ? one.Record.Priority.CompareTo(other.Record.Priority)
            : string.CompareOrdinal(one.Record.Name, other.Record.Name));

    /// <summary>Of several rules of security groups that fit, the one of the lowest number is named.</summary>
    public static IComparer<RuleSet> GroupOrder { get; } = Comparer<RuleSet>.Create(static (one, other) =>
        one.Record.Number != other.Record.Number
            ? one.Record.Number.CompareTo(other.Record.Number)
            : one.Uid.CompareTo(other.Uid));

    public static RuleBook Of(IEnumerable<NodeRuleSet> sets, IEnumerable<NodeRule> rules)
    {
        var byKey = rules.ToDictionary(rule => rule.Key);
        return new(sets.ToImmutableDictionary(set => set.Uid, set => RuleSet.Of(set, byKey.GetValueOrDefault)));
    }

    public static RuleBook Of(NodeState state) =>
        Empty.With(state.RuleSets.Keys, [], state.RuleSets.GetValueOrDefault, state.Rules.GetValueOrDefault);

    /// <summary>The next book; the cost is that of the sets that changed.</summary>
    /// <param name="sets">Uids of sets that may have changed, come or gone, apart from what their rules say.</param>
    /// <param name="rules">Rules that may have changed.</param>
    /// <param name="findSet">As they are now.</param>
    /// <param name="findRule">As they are now.</param>
    public RuleBook With(
        IEnumerable<Guid> sets, IEnumerable<NodeRuleKey> rules,
        Func<Guid, NodeRuleSet?> findSet, Func<NodeRuleKey, NodeRule?> findRule)
    {
        var changed = sets.ToDictionary(uid => uid, _ => new HashSet<uint>());
        foreach (var key in rules)
        {
            if (!changed.TryGetValue(key.Set, out var ids))
                changed.Add(key.Set, ids = []);
            ids.Add(key.Id);
        }
        if (changed.Count == 0)
            return this;
        var next = Sets.ToBuilder();
        foreach (var (uid, ids) in changed)
        {
            if (findSet(uid) is not { } record)
                next.Remove(uid);
            else if (Sets.TryGetValue(uid, out var before))
                next[uid] = before.With(record, ids, findRule);
            else
                next[uid] = RuleSet.Of(record, findRule);
        }
        return new(next.ToImmutable());
    }

    /// <summary>The policies of one gate in deciding order: of a project, attached to either network.</summary>
    public IReadOnlyList<RuleSet> PoliciesOf(string project, Guid network, Guid other) =>
    [
        .. Sets.Values
            .Where(set => !set.Record.IsGroup && set.Record.Project == project
                && (set.Record.Networks.Contains(network) || set.Record.Networks.Contains(other)))
            .Order(PolicyOrder),
    ];

    /// <summary>A port's security groups, in the order in which the first that fits is named: by number.</summary>
    public IReadOnlyList<RuleSet> GroupsOf(ImmutableArray<Guid> groups) =>
    [
        .. groups.Distinct().Select(uid => Sets.GetValueOrDefault(uid)).OfType<RuleSet>()
            .Where(set => set.Record.IsGroup)
            .Order(GroupOrder),
    ];
}
