using Weft.Model.Resources;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;
using Weft.Server.Commits;
using Weft.Server.Status;

namespace Weft.Server.Sync;

/// <summary>What one node tells during one stream, written to the board.</summary>
/// <remarks>A node speaks for itself and for the ports on it, for nothing else.</remarks>
sealed class StatusRecorder(
    string node, NodeSubscription subscription, NodeStateHub hub, StatusBoard board, Cluster cluster, TimeProvider time)
{
    const int MostFaults = 100;
    const int LongestText = 500;
    const int MostReasons = 200;
    const int MostPeers = 10_000;

    readonly HashSet<Guid> _active = [];
    readonly BalanceRecorder _balance = new(node, hub, board.Balancing, cluster);
    NodeStatus _status = new() { Connected = true };

    public void Connected(string version)
    {
        _status = _status with { Version = Short(version), LastSeen = time.GetUtcNow() };
        board.SetNode(node, _status);
        board.Peers.Hear(node, time.GetTimestamp());
    }

    public void Disconnected()
    {
        board.SetNode(node, _status with { Connected = false });
        board.Peers.Forget(node);
    }

    /// <exception cref="MalformedRecordException">A uid that is none.</exception>
    public void Record(Protocol.V1.Status status)
    {
        foreach (var port in status.Ports)
            Record(port);
        _active.RemoveWhere(uid => !IsHere(uid));
        _status = _status with
        {
            LastSeen = time.GetUtcNow(),
            AppliedRevision = AppliedRevision(status.AppliedRevision),
            Ports = _active.Count,
            Faults = [.. status.Faults.Take(MostFaults).Select(Short)],
            Drops = status.Drops.Take(MostReasons).ToDictionary(drop => Short(drop.Key), drop => (long)drop.Value),
        };
        board.SetNode(node, _status);
        board.Peers.Hear(node, time.GetTimestamp());
        if (status.Peers is { } peers)
            board.Peers.Set(node, peers.Answering.Take(MostPeers), peers.Silent.Take(MostPeers), time.GetUtcNow());
        _balance.Record(status);
    }

    /// <summary>A node that has done all it was told is up to date, also when what came since did not concern it.</summary>
    long AppliedRevision(long told)
    {
        var revision = hub.Revision;
        return told >= subscription.SentRevision && subscription.IsDrained ? Math.Max(told, revision) : told;
    }

    void Record(PortState port)
    {
        var uid = WireBytes.ToUid(port.Uid, "uid");
        if (!IsHere(uid))
            return;
        if (port.State == PortState.Types.State.Active)
            _active.Add(uid);
        else
            _active.Remove(uid);
        var state = port.State switch
        {
            PortState.Types.State.Active => "active",
            PortState.Types.State.Error => "error",
            _ => "down",
        };
        board.SetPort(uid, new(state, port.Message.Length == 0 ? null : Short(port.Message)));
    }

    bool IsHere(Guid uid) => cluster.Current.Find<Port>(uid)?.Node == node;

    static string Short(string text) => text.Length <= LongestText ? text : text[..LongestText] + "…";
}
