using System.Collections.Immutable;

namespace Weft.Model.State;

/// <summary>A policy, router or security group as nodes see it, without its rules: those are records of their own.</summary>
/// <remarks>So that one rule among thousands is one record when it changes. Equal by what it holds.</remarks>
/// <param name="IsGroup">A security group; then <paramref name="Priority"/> and <paramref name="Networks"/> say nothing.</param>
/// <param name="Number">What the data plane calls it.</param>
/// <param name="Networks">Uids of the networks that a policy is attached to, in order of uid.</param>
/// <param name="Order">Ids of its rules; the first that fits decides.</param>
public sealed record NodeRuleSet(
    Guid Uid, bool IsGroup, string Project, string Name, uint Number, int Priority,
    ImmutableArray<Guid> Networks, ImmutableArray<uint> Order)
{
    /// <summary>A router, which is asked behind every policy.</summary>
    public const int RouterPriority = ushort.MaxValue + 1;

    public bool IsRouter => !IsGroup && Priority == RouterPriority;

    public bool Equals(NodeRuleSet? other) =>
        other is not null
        && Uid == other.Uid && IsGroup == other.IsGroup && Project == other.Project && Name == other.Name
        && Number == other.Number && Priority == other.Priority
        && Sequences.Equal(Networks, other.Networks) && Sequences.Equal(Order, other.Order);

    public override int GetHashCode() => HashCode.Combine(Uid, Priority, Order.Length);
}

/// <summary>What names one rule of all that a node has.</summary>
/// <param name="Set">Uid of the policy or security group.</param>
public readonly record struct NodeRuleKey(Guid Set, uint Id);

/// <summary>One rule of a <see cref="NodeRuleSet"/>.</summary>
public sealed record NodeRule(NodeRuleKey Key, RuleSpec Spec);
