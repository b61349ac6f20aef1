using System.Runtime.InteropServices;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>The rules of one policy or security group, and what a running step has changed of them.</summary>
/// <remarks>
/// A rule's resource is kept beside its record: one that is the same object, or holds the same, need not be compiled again
/// unless a name has come to stand for something else.
/// </remarks>
sealed class RuleTable(Guid set)
{
    readonly Dictionary<uint, Placed> _rules = [];
    readonly Dictionary<uint, NodeRule?> _before = [];

    public IEnumerable<NodeRule> All => _rules.Values.Select(rule => rule.Record);

    /// <summary>What they name, whether or not it exists; each place where they do is a reason.</summary>
    public Tally<ResourceKey> Names { get; } = new();

    /// <summary>The step has changed which networks the allow rules speak of.</summary>
    public bool JoinsChanged { get; private set; }

    public NodeRule Of(uint id) => _rules[id].Record;

    /// <summary>Takes over the rules as the next snapshot has them.</summary>
    /// <param name="rules">All there are.</param>
    /// <param name="reader">How they are read.</param>
    /// <param name="isMoved">Names may stand for something else than before: also what looks the same is compiled again.</param>
    public void Place<TRule>(IReadOnlyList<TRule> rules, RuleReader<TRule> reader, bool isMoved) where TRule : class
    {
        var ids = new HashSet<uint>(rules.Count);
        foreach (var rule in rules)
        {
            var id = reader.IdOf(rule);
            // Two of one id are refused where they are written; here the first holds.
            if (!ids.Add(id))
                continue;
            ref var placed = ref CollectionsMarshal.GetValueRefOrAddDefault(_rules, id, out _);
            if (isMoved || !(ReferenceEquals(placed.Source, rule) || rule.Equals(placed.Source)))
                Replace(ref placed, id, rule, reader);
        }
        if (ids.Count < _rules.Count)
            Keep(ids);
    }

    public void Clear() => Keep([]);

    /// <summary>Adds what the step changed.</summary>
    public void AddChanges(NodeDeltaBuilder builder)
    {
        foreach (var (id, before) in _before)
            if (!_rules.TryGetValue(id, out var rule))
            {
                if (before is not null)
                    builder.RemoveRule(before.Key);
            }
            else if (!rule.Record.Equals(before))
                builder.Set(rule.Record);
    }

    /// <summary>The rules there were before the step.</summary>
    public IEnumerable<NodeRuleKey> KeysBefore() =>
        _rules.Keys.Where(id => !_before.ContainsKey(id))
            .Concat(_before.Where(pair => pair.Value is not null).Select(pair => pair.Key))
            .Select(id => new NodeRuleKey(set, id));

    public void ForgetStep()
    {
        _before.Clear();
        JoinsChanged = false;
    }

    void Keep(HashSet<uint> ids)
    {
        foreach (var (id, gone) in _rules)
            if (!ids.Contains(id))
            {
                Note(id, gone.Record, null);
                CountNames(gone.Names, -1);
                _rules.Remove(id);
            }
    }

    void Replace<TRule>(ref Placed placed, uint id, TRule rule, RuleReader<TRule> reader) where TRule : class
    {
        var after = reader.Compile(rule);
        if (after.Equals(placed.Record))
            after = placed.Record;
        else
            Note(id, placed.Record, after);
        CountNames(placed.Names, -1);
        placed = new(rule, after!, [.. reader.NamesIn(rule)]);
        CountNames(placed.Names, 1);
    }

    void Note(uint id, NodeRule? before, NodeRule? after)
    {
        _before.TryAdd(id, before);
        JoinsChanged |= JoinOf(before) != JoinOf(after);
    }

    /// <summary>What a rule says of networks; null when it cannot join any.</summary>
    static (Guid? From, Guid? To)? JoinOf(NodeRule? rule) =>
        rule is { Spec: { Action: RuleAction.Allow, Direction: RuleDirection.OneWay or RuleDirection.BothWays } spec }
            ? (spec.From.Network, spec.To.Network)
            : null;

    void CountNames(IReadOnlyList<ResourceKey>? names, int change)
    {
        foreach (var name in names ?? [])
            Names.Count(name, change);
    }

    /// <summary>Default: not there yet.</summary>
    readonly record struct Placed(object? Source, NodeRule Record, IReadOnlyList<ResourceKey>? Names);
}

/// <summary>How rules of one kind of resource are read.</summary>
sealed record RuleReader<TRule>(Func<TRule, uint> IdOf, Func<TRule, NodeRule> Compile, Func<TRule, IEnumerable<ResourceKey>> NamesIn);
