using System.Collections.Immutable;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Model.Validation;

namespace Weft.Compiler;

/// <summary>From load balancers to the records that nodes get of them: names and labels become uids of ports.</summary>
/// <remarks>
/// Nothing is refused here. A member whose port does not exist, or is on no node, is left out, and so is what is not
/// enabled. A load balancer that is not enabled keeps its address and has no listeners, so that clients are refused at once.
/// </remarks>
public static class BalancerRecords
{
    /// <param name="balancer">The resource.</param>
    /// <param name="network">Uid of its network.</param>
    /// <param name="nodeNumber">Of where it is; 0: nowhere.</param>
    /// <param name="ports">All of its network, by name.</param>
    public static NodeBalancer Of(LoadBalancer balancer, Guid network, uint nodeNumber, IReadOnlyDictionary<string, NodePort> ports) => new(
        balancer.Uid, balancer.Project, balancer.Name, network, [.. balancer.Addresses ?? []], nodeNumber,
        balancer.Enabled == false
            ? []
            : [.. (balancer.Listeners ?? []).Where(listener => listener.Enabled != false).Select(listener => listener with { Enabled = null })],
        [.. (balancer.Pools ?? []).Select(pool => Of(pool, ports))]);

    /// <summary>One of its selectors finds the port.</summary>
    internal static bool IsSelected(LoadBalancer balancer, NodePort port) =>
        (balancer.Pools ?? []).Any(pool => pool.Selector is { Count: > 0 } selector && Has(port, selector));

    static NodePool Of(Pool pool, IReadOnlyDictionary<string, NodePort> ports) => new(
        pool.Name, pool.Algorithm ?? Pool.RoundRobin, pool.AffinitySeconds, pool.HealthMonitor, MembersOf(pool, ports))
    {
        Http = pool.Http,
    };

    static ImmutableArray<NodeMember> MembersOf(Pool pool, IReadOnlyDictionary<string, NodePort> ports)
    {
        var members = new List<NodeMember>();
        // Who is named is not selected as well: else nobody could be drained or disabled.
        var named = (pool.Members ?? []).Select(member => member.Port).ToHashSet();
        foreach (var member in pool.Members ?? [])
        {
            if (member.Enabled != false && ports.GetValueOrDefault(member.Port) is { NodeNumber: not 0 } port)
                members.Add(new(
                    port.Uid, member.TargetPort == 0 ? pool.MemberPort : member.TargetPort, member.Weight ?? 1, member.MaxConnections));
        }
        if (pool.Selector is { Count: > 0 } selector)
            members.AddRange(ports.Values
                .Where(port => port.NodeNumber != 0 && Has(port, selector) && !named.Contains(port.Name))
                .OrderBy(port => port.Uid)
                .Select(port => new NodeMember(port.Uid, pool.MemberPort, 1, 0)));
        return [.. members.Take(LoadBalancerRules.MostMembers)];
    }

    static bool Has(NodePort port, IReadOnlyDictionary<string, string> selector)
    {
        foreach (var wanted in selector)
            if (!port.Labels.Contains(wanted))
                return false;
        return true;
    }
}
