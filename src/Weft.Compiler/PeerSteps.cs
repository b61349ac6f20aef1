using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>Who is whose peer, and what a step changes of it.</summary>
/// <remarks>
/// Who holds ports of a network that a node sees is its peer, and the other way round; who answers for a floating IP is
/// everybody's, and everybody is its peer: any node may send to it, in the external network. Only the former are counted by
/// pairs.
/// </remarks>
/// <param name="nodes">All names.</param>
/// <param name="answering">Nodes that answer for floating IPs, as of the last <see cref="SetAnswering"/>.</param>
/// <param name="tracked">False when nobody will ask what changed.</param>
sealed class PeerSteps(Dictionary<string, NodeEntry> nodes, HashSet<NodeEntry> answering, bool tracked)
{
    readonly Dictionary<(NodeEntry Node, NodeEntry Peer), NodePeer?> _before = [];

    /// <summary>Remembers how a node looks to those who have it as their peer.</summary>
    public void Touch(NodeEntry peer)
    {
        if (!tracked)
            return;
        // Who has it as a peer is its peer.
        foreach (var node in answering.Contains(peer) ? nodes.Values : peer.Peers.Keys.Concat(answering))
            Touch(node, peer);
    }

    /// <summary>Takes over who answers for floating IPs, of the nodes for which that may have changed.</summary>
    public void SetAnswering(IEnumerable<NodeEntry> touched)
    {
        var moved = touched.Where(node => node.Floatings.Count > 0 != answering.Contains(node)).ToList();
        foreach (var node in tracked ? moved : [])
            foreach (var other in nodes.Values)
            {
                Touch(node, other);
                Touch(other, node);
            }
        foreach (var node in moved)
            if (!answering.Remove(node))
                answering.Add(node);
    }

    /// <summary>All peers of a node.</summary>
    public static IEnumerable<NodeEntry> Of(NodeEntry node, Dictionary<string, NodeEntry> nodes, HashSet<NodeEntry> answering) =>
        (answering.Contains(node) ? nodes.Values : node.Peers.Keys.Union(answering)).Where(peer => peer != node);

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

    NodePeer? Of(NodeEntry node, NodeEntry peer) =>
        peer.Node is { } resource && node != peer
        && (node.Peers.ContainsKey(peer) || answering.Contains(node) || answering.Contains(peer)) ? NodeRecords.Of(resource) : null;
}
