using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;

namespace Weft.Server.Balancing;

/// <summary>Which node has a load balancer's floating IPs and its proxy. It stays where it is for as long as that node is there.</summary>
static class BalancerPlacement
{
    /// <summary>What has to be moved.</summary>
    /// <param name="snapshot">All there is.</param>
    /// <param name="connected">Nodes that are there now.</param>
    /// <param name="away">Nodes that have been away for too long.</param>
    public static List<Write.PlaceLoadBalancer> Moves(Snapshot snapshot, IReadOnlySet<string> connected, IReadOnlySet<string> away)
    {
        var moves = new List<Write.PlaceLoadBalancer>();
        if (connected.Count == 0)
            return moves;
        Dictionary<string, int>? loads = null;
        foreach (var balancer in snapshot.All<LoadBalancer>())
        {
            if (balancer.Node is { } current && !away.Contains(current) && snapshot.Find<Node>(ResourceKey.Node(current)) is not null)
                continue;
            loads ??= LoadsOf(snapshot, connected);
            var chosen = Choose(balancer, snapshot, loads);
            loads[chosen]++;
            moves.Add(new(balancer.Uid, balancer.Node, chosen));
        }
        return moves;
    }

    /// <summary>Nodes with a member first, then those that have the fewest load balancers.</summary>
    static string Choose(LoadBalancer balancer, Snapshot snapshot, Dictionary<string, int> loads)
    {
        var serving = BalancerMembers.Of(balancer, snapshot)
            .Where(member => member.Member.Enabled != false).Select(member => member.Port?.Node).OfType<string>().ToHashSet();
        return loads
            .OrderByDescending(node => serving.Contains(node.Key)).ThenBy(node => node.Value).ThenBy(node => node.Key, StringComparer.Ordinal)
            .First().Key;
    }

    static Dictionary<string, int> LoadsOf(Snapshot snapshot, IReadOnlySet<string> connected)
    {
        var loads = connected.ToDictionary(node => node, _ => 0);
        foreach (var balancer in snapshot.All<LoadBalancer>())
            if (balancer.Node is { } node && loads.TryGetValue(node, out var count))
                loads[node] = count + 1;
        return loads;
    }
}
