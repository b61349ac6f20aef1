using System.Collections.Immutable;
using Weft.Agent.State;
using Weft.Dataplane.Abi;
using Weft.Model.State;

namespace Weft.Agent.Runtime;

/// <summary>What rules did, by name.</summary>
static class RuleCounts
{
    /// <summary>Told in the status; of more, those that did most.</summary>
    internal const int Most = 200;

    internal static ImmutableArray<RuleCount> Of(
        IReadOnlyDictionary<RuleKey, Counter> counts, NodeState state, ImmutableArray<RuleCount> before)
    {
        var names = state.RuleSets.Values.ToDictionary(set => set.Number);
        var rules = counts
            .OrderByDescending(count => count.Value.Packets).ThenBy(count => count.Key.Policy).ThenBy(count => count.Key.Rule)
            .Take(Most)
            .Select(count => names.TryGetValue(count.Key.Policy, out var set)
                ? new RuleCount(set.IsGroup, $"{set.Project}/{set.Name}", count.Key.Rule, count.Value.Packets, count.Value.Bytes)
                : new RuleCount(false, $"#{count.Key.Policy}", count.Key.Rule, count.Value.Packets, count.Value.Bytes))
            .ToImmutableArray();
        return rules.AsSpan().SequenceEqual(before.AsSpan()) ? before : rules;
    }
}
