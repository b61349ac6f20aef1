using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Status;

namespace Weft.Server.Balancing;

/// <summary>What there is to say of a load balancer, from the documents and from what nodes told.</summary>
static class BalancerStatuses
{
    const string Up = "up";
    const string Draining = "draining";
    const string Disabled = "disabled";

    public static LoadBalancerStatus Of(LoadBalancer balancer, Snapshot snapshot, BalanceBoard board)
    {
        var (listeners, counts) = board.SumsOf(balancer.Uid);
        List<MemberStatus> members =
            [.. BalancerMembers.Of(balancer, snapshot).Select(member => Of(member, balancer, snapshot, board, counts))];
        var (state, message) = balancer.Node is { } node && board.FaultOf(balancer.Uid, node) is { } fault
            ? ("error", fault) : StateOf(balancer, members);
        return new(state, message, members, [.. (balancer.Listeners ?? []).Select(listener => Of(listener, listeners))]);
    }

    static MemberStatus Of(
        BalancerMember member, LoadBalancer balancer, Snapshot snapshot, BalanceBoard board, Dictionary<NodeMemberKey, BalanceCount> counts)
    {
        var key = member.KeyIn(balancer);
        var count = key is { } known ? counts.GetValueOrDefault(known) : default;
        var (state, message) = StateOf(member, balancer, snapshot, key is { } asked ? board.Find(asked) : null);
        return new(
            member.Pool.Name, member.Member.Port, member.Port?.Addresses is { Count: > 0 } addresses ? addresses[0].ToString() : null,
            member.TargetPort, state, message, count.Connections, count.Total, count.BytesIn, count.BytesOut);
    }

    static (string State, string? Message) StateOf(BalancerMember member, LoadBalancer balancer, Snapshot snapshot, NodeHealth? health)
    {
        if (balancer.Enabled == false || member.Member.Enabled == false)
            return (Disabled, null);
        if (member.Port is not { } port)
            return ("absent", $"there is no port {member.Member.Port} in network {balancer.Network}");
        if (port.Node is not { } node || snapshot.Find<Node>(ResourceKey.Node(node)) is null)
            return ("absent", "the port is on no node");
        if (member.Member.Weight == 0)
            return (Draining, null);
        if (member.Pool.HealthMonitor is null)
            return (Up, null);
        return health switch
        {
            null => ("unknown", $"node {node} has not asked it yet"),
            { Healthy: true } => (Up, null),
            _ => ("down", health.Message.Length > 0 ? health.Message : null),
        };
    }

    static (string State, string? Message) StateOf(LoadBalancer balancer, List<MemberStatus> members)
    {
        if (balancer.Enabled == false)
            return ("down", "it is disabled");
        if (!(balancer.Listeners ?? []).Any(listener => listener.Enabled != false))
            return ("down", "it has no listener");
        var empty = (balancer.Listeners ?? []).Where(listener => listener.Enabled != false)
            .Where(listener => PoolsOf(listener) is { Count: > 0 } pools && !members.Exists(member => pools.Contains(member.Pool) && member.State == Up))
            .Select(listener => listener.Name).ToList();
        if (empty.Count == balancer.Listeners!.Count(listener => listener.Enabled != false))
            return ("down", members.Count == 0 ? "it has no members" : "no member is up");
        if (empty.Count > 0)
            return ("degraded", $"no member is up behind {string.Join(", ", empty)}");
        var ill = members.Count(member => member.State is not (Up or Draining or Disabled));
        return ill == 0 ? ("active", null) : ("degraded", $"{ill} of {members.Count} members {(ill == 1 ? "is" : "are")} not up");
    }

    /// <summary>Where it may lead; a listener that only redirects leads nowhere and needs nobody.</summary>
    static HashSet<string> PoolsOf(Listener listener) =>
        [.. (listener.Http?.Routes ?? []).Select(route => route.Pool).Append(listener.Pool).OfType<string>()];

    static ListenerStatus Of(Listener listener, Dictionary<string, BalanceCount> counts)
    {
        var count = counts.GetValueOrDefault(listener.Name);
        return new(listener.Name, count.Connections, count.Total, count.Refused, count.BytesIn, count.BytesOut);
    }
}
