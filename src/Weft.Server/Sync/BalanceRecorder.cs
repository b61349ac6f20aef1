using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;
using Weft.Server.Commits;
using Weft.Server.Status;

namespace Weft.Server.Sync;

/// <summary>What one node tells of load balancers during one stream.</summary>
/// <remarks>A node finds out about the members on it, and counts the connections of its own clients; of others it is not believed.</remarks>
sealed class BalanceRecorder(string node, NodeStateHub hub, BalanceBoard board, Cluster cluster)
{
    const int LongestMessage = 200;

    bool _hasBegun;

    /// <exception cref="MalformedRecordException">A uid that is none.</exception>
    public void Record(Protocol.V1.Status status)
    {
        // The first status has all counts; what an earlier stream told may be of maps that are no more.
        if (!_hasBegun)
            board.ForgetCounts(node);
        _hasBegun = true;
        var snapshot = cluster.Current;
        var found = status.Health.Select(BalancerRecords.ToModel).Where(health => MayTell(health.Key, snapshot)).Select(Shortened).ToList();
        if (found.Count > 0)
            hub.Tell(found);
        foreach (var counts in status.Balance)
            Record(counts, snapshot);
        RecordFaults(status, snapshot);
    }

    /// <summary>Of load balancers that are on this node.</summary>
    void RecordFaults(Protocol.V1.Status status, Snapshot snapshot)
    {
        var faults = new Dictionary<Guid, string>();
        foreach (var fault in status.BalancerFaults)
        {
            var uid = WireBytes.ToUid(fault.BalancerUid, "balancer_uid");
            if (snapshot.Find<LoadBalancer>(uid)?.Node == node)
                faults[uid] = Shortened(fault.Message);
        }
        board.SetFaults(node, faults);
    }

    void Record(BalanceCounts counts, Snapshot snapshot)
    {
        var uid = WireBytes.ToUid(counts.BalancerUid, "balancer_uid");
        var count = new BalanceCount(counts.Connections, counts.Total, counts.Refused, counts.BytesIn, counts.BytesOut);
        if (snapshot.Find<LoadBalancer>(uid) is not { } balancer)
            return;
        if (counts.Listener.Length > 0)
        {
            if (balancer.Listeners?.Any(listener => listener.Name == counts.Listener) == true)
                board.SetListener(node, uid, counts.Listener, count);
            return;
        }
        var key = BalancerRecords.ToModel(counts.Member ?? new()) with { Balancer = uid };
        if (HasPool(balancer, key) && snapshot.Find<Port>(key.Port) is not null)
            board.SetMember(node, key, count);
    }

    bool MayTell(NodeMemberKey key, Snapshot snapshot) =>
        snapshot.Find<Port>(key.Port)?.Node == node
        && snapshot.Find<LoadBalancer>(key.Balancer) is { } balancer && HasPool(balancer, key);

    static bool HasPool(LoadBalancer balancer, NodeMemberKey key) => balancer.Pools?.Any(pool => pool.Name == key.Pool) == true;

    static NodeHealth Shortened(NodeHealth health) =>
        health with { Message = Shortened(health.Message) };

    static string Shortened(string message) => message.Length <= LongestMessage ? message : message[..LongestMessage] + "…";
}
