using Weft.Model.State;

namespace Weft.Rules.Tables;

/// <summary>A policy or security group of which rules are placed.</summary>
sealed class PlacedSet(RuleSet set)
{
    /// <summary>The newest; what differs from the one before is only its rules.</summary>
    internal RuleSet Set { get; set; } = set;

    internal NodeRuleSet Record => Set.Record;

    internal NetworkScope Scope { get; } = new(set.Record.Networks.IsDefault ? [] : [.. set.Record.Networks.Order()]);

    /// <summary>As in <see cref="RuleSet.Rules"/>.</summary>
    internal List<PlacedRule> Rules { get; set; } = [];

    /// <summary>Rules of both can share all that is placed, apart from the rules themselves.</summary>
    internal bool IsLike(RuleSet other) =>
        Record.IsGroup == other.Record.IsGroup && Record.Project == other.Record.Project && Record.Name == other.Record.Name
        && Record.Number == other.Record.Number && Record.Priority == other.Record.Priority
        && Record.Networks.AsSpan().SequenceEqual(other.Record.Networks.AsSpan());
}

/// <summary>A rule, and the buckets that it is in: none when it can fit nothing, two when it goes both ways.</summary>
sealed class PlacedRule(PlacedSet set, NodeRule rule)
{
    internal PlacedSet Set => set;

    internal NodeRule Rule => rule;

    internal RuleSpec Spec => rule.Spec;

    internal int Position { get; set; }

    internal List<Bucket> Buckets { get; } = new(1);
}

/// <summary>The rules of one set from one end to another, in order.</summary>
/// <remarks>
/// A connection fits those buckets both whose ends its two sides hold, whatever the number of rules in it: that is why
/// pairs of identities are compiled without a look at rules that do not concern them.
/// </remarks>
sealed class Bucket(RuleEnd from, RuleEnd to, PlacedSet set, GateKind gate, int serial)
{
    internal RuleEnd From => from;

    internal RuleEnd To => to;

    internal PlacedSet Set => set;

    internal GateKind Gate => gate;

    internal int Serial => serial;

    internal List<PlacedRule> Rules { get; } = [];

    /// <summary>Classes of pairs whose tables are made of this and others.</summary>
    internal HashSet<PairClass> Classes { get; } = [];

    internal void Insert(PlacedRule rule)
    {
        if (Rules.Count == 0 || Rules[^1].Position < rule.Position)
            Rules.Add(rule);
        else
            Rules.Insert(~Rules.BinarySearch(rule, ByPosition), rule);
    }

    /// <summary>By place; positions may be on the move, so it is looked for by itself.</summary>
    internal void Remove(PlacedRule rule) => Rules.Remove(rule);

    internal static readonly IComparer<PlacedRule> ByPosition =
        Comparer<PlacedRule>.Create(static (one, other) => one.Position.CompareTo(other.Position));
}
