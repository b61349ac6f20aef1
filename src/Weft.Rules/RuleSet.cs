using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Weft.Model.State;

namespace Weft.Rules;

/// <summary>A policy or security group with its rules in deciding order. Immutable.</summary>
/// <remarks>
/// The next one is derived from the last: what of it stays is neither looked up nor compared again, so that one rule
/// among thousands costs little more than a copy of the list.
/// </remarks>
public sealed class RuleSet
{
    RuleSet(NodeRuleSet record, ImmutableArray<NodeRule> rules, ImmutableDictionary<RuleNetworks, int> networks) =>
        (Record, Rules, AllowedNetworks) = (record, rules, networks);

    public NodeRuleSet Record { get; }

    public Guid Uid => Record.Uid;

    /// <summary>The first that fits decides; of a security group, any that fits allows.</summary>
    public ImmutableArray<NodeRule> Rules { get; }

    /// <summary>What its allow rules say of networks, and how many of them say it.</summary>
    internal ImmutableDictionary<RuleNetworks, int> AllowedNetworks { get; }

    /// <summary>A set and its rules as they are now.</summary>
    /// <param name="rule">Finds its rules; one that is missing denies everything, so that no later one is asked.</param>
    public static RuleSet Of(NodeRuleSet record, Func<NodeRuleKey, NodeRule?> rule) =>
        new RuleSet(record with { Order = [] }, [], ImmutableDictionary<RuleNetworks, int>.Empty).With(record, ImmutableHashSet<uint>.Empty, rule);

    /// <summary>The next of this set.</summary>
    /// <param name="changed">Ids of rules that may have changed; those that came or went need not be named.</param>
    internal RuleSet With(NodeRuleSet record, IReadOnlySet<uint> changed, Func<NodeRuleKey, NodeRule?> rule)
    {
        var before = Record.Order.AsSpan();
        var after = record.Order.AsSpan();
        var shortest = Math.Min(before.Length, after.Length);
        var head = before.CommonPrefixLength(after);
        var tail = 0;
        while (tail < shortest - head && before[^(tail + 1)] == after[^(tail + 1)])
            tail++;
        var rules = new NodeRule[after.Length];
        Rules.AsSpan()[..head].CopyTo(rules);
        Rules.AsSpan()[^tail..].CopyTo(rules.AsSpan(after.Length - tail));
        var networks = AllowedNetworks.ToBuilder();
        for (var i = head; i < before.Length - tail; i++)
            Count(networks, Rules[i], -1);
        for (var i = head; i < after.Length - tail; i++)
            Count(networks, rules[i] = Find(record.Uid, after[i], rule), 1);
        if (changed.Count > 0)
        {
            for (var i = 0; i < rules.Length; i++)
            {
                if ((i < head || i >= after.Length - tail) && changed.Contains(after[i]))
                {
                    Count(networks, rules[i], -1);
                    Count(networks, rules[i] = Find(record.Uid, after[i], rule), 1);
                }
            }
        }
        return new(record, ImmutableCollectionsMarshal.AsImmutableArray(rules), networks.ToImmutable());
    }

    static NodeRule Find(Guid set, uint id, Func<NodeRuleKey, NodeRule?> rule) =>
        rule(new(set, id)) ?? new(new(set, id), new(
            RuleAction.Deny, RuleDirection.BothWays, null, RuleEndpoint.Any, RuleEndpoint.Any, [], [], [], null, Log: false));

    static void Count(ImmutableDictionary<RuleNetworks, int>.Builder networks, NodeRule rule, int change)
    {
        if (rule.Spec.Action != RuleAction.Allow || rule.Spec.Direction is RuleDirection.Ingress or RuleDirection.Egress)
            return;
        var named = new RuleNetworks(rule.Spec.From.Network, rule.Spec.To.Network);
        var count = networks.GetValueOrDefault(named) + change;
        if (count == 0)
            networks.Remove(named);
        else
            networks[named] = count;
    }
}

/// <summary>The networks that a rule names; null: those that its policy is attached to.</summary>
readonly record struct RuleNetworks(Guid? From, Guid? To);
