using Weft.Model.State;

namespace Weft.Agent.Desired;

/// <summary>Which members of a pool are there and well, for the vrouter and for the proxy alike.</summary>
static class PoolStanding
{
    /// <summary>
    /// Those that are well, or that nobody asks, on nodes that answer. A node's silence counts only as long as others are
    /// left: to send clients to who may be there is better than to send them away.
    /// </summary>
    /// <param name="pool">The pool.</param>
    /// <param name="balancer">Uid of its load balancer.</param>
    /// <param name="portOf">By uid.</param>
    /// <param name="isWell">Whether a member that is asked is well.</param>
    /// <param name="isSilent">Whether a node no longer answers, by its number.</param>
    internal static HashSet<NodeMember> Serving(
        NodePool pool, Guid balancer, Func<Guid, NodePort?> portOf, Func<NodeMemberKey, bool> isWell, Func<uint, bool> isSilent)
    {
        var well = pool.Members.Where(member =>
            pool.HealthMonitor is null || isWell(new(balancer, pool.Name, member.Port, member.TargetPort))).ToHashSet();
        var there = well.Where(member => portOf(member.Port) is { NodeNumber: not 0 } port && !isSilent(port.NodeNumber)).ToHashSet();
        return there.Any(member => member.Weight > 0) ? there : well;
    }
}
