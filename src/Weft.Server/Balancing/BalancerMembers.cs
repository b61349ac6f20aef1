using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Server.Balancing;

/// <summary>A member of a pool, and the port that it names, or that a label found.</summary>
/// <param name="Member">As if it had been written, when a label found it.</param>
/// <param name="TargetPort">0: the listener's.</param>
/// <param name="Port">Null: there is none in the network.</param>
readonly record struct BalancerMember(Pool Pool, Member Member, ushort TargetPort, Port? Port)
{
    public NodeMemberKey? KeyIn(LoadBalancer balancer) =>
        Port is { } port ? new(balancer.Uid, Pool.Name, port.Uid, TargetPort) : null;
}

/// <summary>Who all members of a load balancer are.</summary>
static class BalancerMembers
{
    /// <summary>Those that are named first, in their order; then those that labels find, by name.</summary>
    public static IEnumerable<BalancerMember> Of(LoadBalancer balancer, Snapshot snapshot)
    {
        foreach (var pool in balancer.Pools ?? [])
        {
            var named = new HashSet<string>();
            foreach (var member in pool.Members ?? [])
            {
                named.Add(member.Port);
                yield return new(
                    pool, member, member.TargetPort == 0 ? pool.MemberPort : member.TargetPort, PortOf(balancer, member, snapshot));
            }
            if (pool.Selector is not { Count: > 0 } selector)
                continue;
            foreach (var port in snapshot.MembersOf(ResourceKey.Network(balancer.Project, balancer.Network)).OfType<Port>()
                .Where(port => !named.Contains(port.Name) && Has(port, selector)).OrderBy(port => port.Name, StringComparer.Ordinal))
                yield return new(pool, new() { Port = port.Name }, pool.MemberPort, port);
        }
    }

    static Port? PortOf(LoadBalancer balancer, Member member, Snapshot snapshot) =>
        snapshot.Find<Port>(ResourceKey.Port(balancer.Project, member.Port)) is { } port && port.Network == balancer.Network ? port : null;

    static bool Has(Port port, IReadOnlyDictionary<string, string> selector) =>
        selector.All(wanted => port.Labels is { } labels && labels.TryGetValue(wanted.Key, out var value) && value == wanted.Value);
}
