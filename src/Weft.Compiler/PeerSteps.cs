using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>Who is whose peer, and what a step changes of it.</summary>
/// <param name="tracked">False when nobody will ask what changed.</param>
sealed class PeerSteps(bool tracked)
{
    readonly Dictionary<(NodeEntry Node, NodeEntry Peer), NodePeer?> _before = [];

    /// <summary>Remembers how a node looks to those who have it as their peer.</summary>
    public void Touch(NodeEntry peer)
    {
        // Who has it as a peer is its peer.
        foreach (var node in peer.Peers.Keys)
            Touch(node, peer);
    }

    /// <summary>Counts one network, whose holders and viewers have moved, for all pairs of a viewer and a holder.</summary>
    public void Count(NetworkEntry network, Moves<NodeEntry> holders, Moves<NodeEntry> viewers)
    {
        if (holders.IsNone && viewers.IsNone)
            return;
        var (newHolders, newViewers) = (holders.Came.ToHashSet(), viewers.Came.ToHashSet());
        var oldHolders = network.Holders.Members.Where(node => !newHolders.Contains(node)).Concat(holders.Left);
        var stayingViewers = network.Viewers.Members.Where(node => !newViewers.Contains(node));
        CountPairs(viewers.Left, oldHolders, -1);
        CountPairs(stayingViewers, holders.Left, -1);
        CountPairs(stayingViewers, holders.Came, 1);
        CountPairs(viewers.Came, network.Holders.Members, 1);
    }

    /// <summary>Tells each node what has changed of its peers.</summary>
    public void AddTo(DeltaSet deltas)
    {
        foreach (var ((node, peer), before) in _before)
        {
            var after = Of(node, peer);
            if (Equals(before, after))
                continue;
            if (before is not null && before.Number != after?.Number)
                deltas.PeersOf(node).RemovePeer(before.Number);
            if (after is not null)
                deltas.PeersOf(node).Set(after);
        }
    }

    void CountPairs(IEnumerable<NodeEntry> viewers, IEnumerable<NodeEntry> holders, int change)
    {
        foreach (var viewer in viewers)
            foreach (var holder in holders)
                if (viewer != holder)
                    Count(viewer, holder, change);
    }

    void Count(NodeEntry node, NodeEntry peer, int change)
    {
        Touch(node, peer);
        var count = node.Peers.GetValueOrDefault(peer) + change;
        if (count == 0)
            node.Peers.Remove(peer);
        else
            node.Peers[peer] = count;
    }

    void Touch(NodeEntry node, NodeEntry peer)
    {
        if (tracked)
            _before.TryAdd((node, peer), Of(node, peer));
    }

    static NodePeer? Of(NodeEntry node, NodeEntry peer) =>
        peer.Node is { } resource && node.Peers.ContainsKey(peer) ? NodeRecords.Of(resource) : null;
}
