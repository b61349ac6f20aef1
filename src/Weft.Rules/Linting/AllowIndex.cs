using System.Collections.Immutable;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Rules.Tables;

namespace Weft.Rules.Linting;

/// <summary>Allow rules that are asked after those of a policy: a deny without one has nothing to deny.</summary>
sealed class AllowIndex
{
    readonly List<(int Order, PlacedSet Set, RuleSpec Rule)> _allows = [];

    /// <param name="sets">In the order in which they are asked.</param>
    /// <param name="own">Whose denies are in question.</param>
    internal AllowIndex(IEnumerable<RuleSet> sets, RuleSet own)
    {
        foreach (var set in sets.SkipWhile(set => set.Uid != own.Uid))
        {
            var placed = new PlacedSet(set);
            for (var i = 0; i < set.Rules.Length; i++)
            {
                if (set.Rules[i].Spec.Action == RuleAction.Allow)
                    _allows.Add((set.Uid == own.Uid ? i : int.MaxValue, placed, set.Rules[i].Spec));
            }
        }
    }

    /// <summary>Whether an allow rule after one may fit what that fits; true when the budget is used up.</summary>
    internal bool AnyAfter(int position, PlacedSet set, RuleSpec rule, ref int budget)
    {
        // The last come first: what allows in general stands at the end.
        for (var i = _allows.Count - 1; i >= 0 && _allows[i].Order > position; i--)
        {
            if (--budget < 0 || MayMeet(set, rule, _allows[i].Set, _allows[i].Rule))
                return true;
        }
        return false;
    }

    static bool MayMeet(PlacedSet set, RuleSpec one, PlacedSet otherSet, RuleSpec other)
    {
        if (one.Protocol is { } protocol && other.Protocol is { } otherProtocol && protocol != otherProtocol
            || !Meet(one.Ports, other.Ports) || !Meet(one.SourcePorts, other.SourcePorts)
            || !one.IcmpTypes.IsDefaultOrEmpty && !other.IcmpTypes.IsDefaultOrEmpty && !one.IcmpTypes.Intersect(other.IcmpTypes).Any())
            return false;
        return MayMeet(set, one.From, otherSet, other.From) && MayMeet(set, one.To, otherSet, other.To)
            || (one.Direction == RuleDirection.BothWays || other.Direction == RuleDirection.BothWays)
                && MayMeet(set, one.From, otherSet, other.To) && MayMeet(set, one.To, otherSet, other.From);
    }

    /// <summary>Whether some address may hold both; groups and labels say nothing about that.</summary>
    static bool MayMeet(PlacedSet set, RuleEndpoint one, PlacedSet otherSet, RuleEndpoint other)
    {
        if (one.Prefix is { } prefix && other.Prefix is { } otherPrefix && !prefix.Overlaps(otherPrefix))
            return false;
        if (one.Network is { } network)
            return other.Network is { } named ? network == named : otherSet.Scope.Networks.Contains(network);
        return other.Network is { } othersNetwork
            ? set.Scope.Networks.Contains(othersNetwork)
            : ReferenceEquals(set.Set, otherSet.Set) || set.Scope.Networks.Intersect(otherSet.Scope.Networks).Any();
    }

    static bool Meet(ImmutableArray<PortRange> one, ImmutableArray<PortRange> other)
    {
        if (one.IsDefaultOrEmpty || other.IsDefaultOrEmpty)
            return true;
        foreach (var range in one)
        {
            foreach (var otherRange in other)
            {
                if (range.First <= otherRange.Last && otherRange.First <= range.Last)
                    return true;
            }
        }
        return false;
    }
}
