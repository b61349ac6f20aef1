using System.Collections.Immutable;
using Weft.Dataplane.Abi;

namespace Weft.Agent.Desired;

/// <summary>Who takes new connections of a pool, and how one of them is chosen. Equal by what it holds.</summary>
/// <param name="Members">In order of their numbers; none: clients are refused.</param>
sealed record PoolSpec(Balance Balance, uint AffinitySeconds, ImmutableArray<PoolMember> Members)
{
    public bool Equals(PoolSpec? other) =>
        other is not null && Balance == other.Balance && AffinitySeconds == other.AffinitySeconds
        && Members.AsSpan().SequenceEqual(other.Members.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Balance, AffinitySeconds, Members.Length);
}

/// <param name="Backend">Number.</param>
/// <param name="Port">Uid.</param>
/// <param name="TargetPort">0: the listener's.</param>
readonly record struct PoolMember(uint Backend, Guid Port, ushort TargetPort, int Weight);
