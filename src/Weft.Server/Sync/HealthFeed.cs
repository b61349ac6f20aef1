using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Status;

namespace Weft.Server.Sync;

/// <summary>Adds to what nodes are told what other nodes found about members of the load balancers that they see.</summary>
/// <remarks>
/// The compiler knows nothing of health: it is in no snapshot. Here each node gets all there is of a load balancer when it
/// comes to see it, and after that each change. Not for concurrent use: the hub serialises.
/// </remarks>
sealed class HealthFeed(BalanceBoard board)
{
    readonly Dictionary<string, HashSet<Guid>> _seen = []; // by node, what it was told of

    /// <summary>The beginning of a node's stream.</summary>
    public NodeDelta Begin(string node, NodeDelta full)
    {
        var seen = _seen[node] = [.. full.Balancers.Select(balancer => balancer.Uid)];
        return full with { Health = [.. seen.SelectMany(board.HealthOf)] };
    }

    public void End(string node) => _seen.Remove(node);

    /// <summary>What the connected nodes are told of a step of the compiler.</summary>
    /// <param name="deltas">By node, as compiled.</param>
    /// <param name="changes">That the step was made of.</param>
    public IEnumerable<(string Node, NodeDelta Delta)> Follow(IReadOnlyDictionary<string, NodeDelta> deltas, IReadOnlyCollection<Change> changes)
    {
        var gone = Forget(deltas, changes);
        var same = new Dictionary<NodeDelta, NodeDelta>(ReferenceEqualityComparer.Instance);
        foreach (var (node, delta) in deltas)
            if (_seen.TryGetValue(node, out var seen))
                yield return (node, With(delta, seen, gone, same));
    }

    /// <summary>Of the nodes that were told of the load balancer.</summary>
    public IEnumerable<string> Viewers(Guid balancer) => _seen.Where(pair => pair.Value.Contains(balancer)).Select(pair => pair.Key);

    /// <summary>What nobody knows any more: of members that left, and of ports that moved.</summary>
    ILookup<Guid, NodeMemberKey> Forget(IReadOnlyDictionary<string, NodeDelta> deltas, IReadOnlyCollection<Change> changes)
    {
        var gone = new List<NodeMemberKey>();
        foreach (var balancer in deltas.Values.SelectMany(delta => delta.Balancers).DistinctBy(balancer => balancer.Uid))
            gone.AddRange(board.Keep(balancer.Uid, KeysOf(balancer)));
        foreach (var change in changes)
            if (change.Before is Port before && (change.After as Port)?.Node != before.Node)
                gone.AddRange(board.ForgetPort(before.Uid));
        return gone.ToLookup(key => key.Balancer);
    }

    NodeDelta With(NodeDelta delta, HashSet<Guid> seen, ILookup<Guid, NodeMemberKey> gone, Dictionary<NodeDelta, NodeDelta> same)
    {
        var came = delta.Balancers.Where(balancer => !seen.Contains(balancer.Uid)).Select(balancer => balancer.Uid).ToList();
        var left = delta.RemovedBalancers.Where(seen.Remove).ToList();
        if (came.Count > 0 || left.Count > 0)
        {
            seen.UnionWith(came);
            return delta with
            {
                Health = [.. came.SelectMany(board.HealthOf)],
                RemovedHealth =
                [
                    .. gone.Where(keys => seen.Contains(keys.Key)).SelectMany(keys => keys),
                    .. left.SelectMany(uid => board.HealthOf(uid).Select(health => health.Key).Concat(gone[uid])),
                ],
            };
        }
        if (!gone.Any(keys => seen.Contains(keys.Key)))
            return delta;
        // Nodes that get the same delta see the same networks, so also the same load balancers.
        if (!same.TryGetValue(delta, out var told))
            same[delta] = told = delta with { RemovedHealth = [.. gone.Where(keys => seen.Contains(keys.Key)).SelectMany(keys => keys)] };
        return told;
    }

    static HashSet<NodeMemberKey> KeysOf(NodeBalancer balancer) =>
        [.. balancer.Pools.SelectMany(pool => pool.Members.Select(member => new NodeMemberKey(balancer.Uid, pool.Name, member.Port, member.TargetPort)))];
}
