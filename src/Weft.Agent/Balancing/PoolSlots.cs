using Weft.Agent.Desired;
using Weft.Dataplane.Abi;

namespace Weft.Agent.Balancing;

/// <summary>What stands in the slots of a pool.</summary>
static class PoolSlots
{
    /// <returns>Numbers of members; none: nobody gets connections.</returns>
    /// <param name="spec">Who takes part.</param>
    /// <param name="current">How many slots there are now; 0: none.</param>
    internal static uint[] Of(PoolSpec spec, int current) => spec.Balance switch
    {
        Balance.LeastConnections => [.. spec.Members.Select(member => member.Backend)],
        Balance.SourceHash => Hashed(spec, current),
        _ => [.. InterleavedSlots.Of([.. spec.Members.Select(member => member.Weight)]).Select(index => spec.Members[index].Backend)],
    };

    static uint[] Hashed(PoolSpec spec, int current)
    {
        // All nodes must see the members in one order.
        var members = spec.Members.OrderBy(member => member.Port).ThenBy(member => member.TargetPort).ToList();
        MaglevTable.Member[] wanted = [.. members.Select(member => MaglevTable.Member.Of(member.Port, member.TargetPort, member.Weight))];
        return [.. MaglevTable.Of(wanted, MaglevTable.SizeFor(wanted, current)).Select(index => members[index].Backend)];
    }
}
