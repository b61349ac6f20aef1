using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>What one change of the cluster has touched, and from that each node's delta.</summary>
/// <param name="nodes">All names, with what is known of them.</param>
/// <param name="tracked">False when nobody will ask for the deltas.</param>
sealed class ClusterStep(Dictionary<string, NodeEntry> nodes, bool tracked)
{
    readonly Dictionary<(string Node, string Peer), NodePeer?> _peersBefore = [];
    readonly List<(NetworkEntry Network, List<string> Joined, List<string> Left)> _moves = [];

    public HashSet<ResourceKey> Ports { get; } = [];

    public HashSet<NetworkEntry> Networks { get; } = [];

    /// <summary>Names that may have nothing left.</summary>
    public HashSet<string> Nodes { get; } = [];

    /// <summary>Every node gets these.</summary>
    public NodeDeltaBuilder NetworkSteps { get; } = new();

    /// <summary>Remembers how <paramref name="name"/> looks to those who have it as their peer.</summary>
    public void TouchPeersOf(string name, NodeEntry entry)
    {
        foreach (var other in entry.SharedNetworks.Keys)
            TouchPeer(other, name);
    }

    /// <summary>Finishes the step without asking what it changed.</summary>
    public void Drop()
    {
        Settle();
        Forget();
    }

    /// <summary>Finishes the step.</summary>
    public Dictionary<string, NodeDelta> Deltas(long revision)
    {
        Settle();
        var deltas = new DeltaSet();
        var networkSteps = NetworkSteps.Build(revision);
        if (networkSteps.Count > 0)
            foreach (var name in nodes.Keys)
                deltas.Share(name, networkSteps);
        foreach (var (network, joined, left) in _moves)
            PortDeltas(network, joined, left, network.ChangedPorts(revision), deltas);
        PeerDeltas(deltas);
        Forget();
        return deltas.Build(revision, name => nodes.GetValueOrDefault(name)?.Node is not null);
    }

    void Settle()
    {
        foreach (var network in Networks)
        {
            var (joined, left) = network.Settle();
            foreach (var name in left)
                Part(name, network, left);
            foreach (var name in joined)
                Meet(name, network);
            _moves.Add((network, joined, left));
        }
    }

    /// <summary>Counts the network for the pairs of the newcomer with all who have been counted as its holders.</summary>
    void Meet(string name, NetworkEntry network)
    {
        var node = nodes[name];
        node.Networks.Add(network);
        foreach (var other in network.Nodes)
            if (other != name && nodes[other].Networks.Contains(network))
                Count(name, other, 1);
    }

    void Part(string name, NetworkEntry network, List<string> left)
    {
        nodes[name].Networks.Remove(network);
        Nodes.Add(name);
        foreach (var other in network.Nodes.Concat(left))
            if (nodes[other].Networks.Contains(network))
                Count(name, other, -1);
    }

    void Count(string one, string other, int change)
    {
        CountOne(one, other, change);
        CountOne(other, one, change);
    }

    void CountOne(string name, string peer, int change)
    {
        TouchPeer(name, peer);
        var shared = nodes[name].SharedNetworks;
        var count = shared.GetValueOrDefault(peer) + change;
        if (count == 0)
            shared.Remove(peer);
        else
            shared[peer] = count;
    }

    void TouchPeer(string name, string peer)
    {
        if (tracked)
            _peersBefore.TryAdd((name, peer), PeerOf(name, peer));
    }

    NodePeer? PeerOf(string name, string peer) =>
        nodes.GetValueOrDefault(name)?.SharedNetworks.ContainsKey(peer) == true && nodes[peer].Node is { } node
            ? NodeRecords.Of(node)
            : null;

    static void PortDeltas(
        NetworkEntry network, List<string> joined, List<string> left, NodeDelta changed, DeltaSet deltas)
    {
        foreach (var name in left)
        {
            var delta = deltas.Own(name);
            foreach (var uid in network.PortsBefore())
                delta.RemovePort(uid);
        }
        foreach (var name in joined)
        {
            var delta = deltas.Own(name);
            foreach (var port in network.Ports)
                delta.Set(port);
        }
        if (changed.Count == 0)
            return;
        var newcomers = joined.ToHashSet();
        foreach (var name in network.Nodes)
            if (!newcomers.Contains(name))
                deltas.Share(name, changed);
    }

    void PeerDeltas(DeltaSet deltas)
    {
        foreach (var ((name, peer), before) in _peersBefore)
        {
            var after = PeerOf(name, peer);
            if (Equals(before, after))
                continue;
            if (before is not null && before.Number != after?.Number)
                deltas.Own(name).RemovePeer(before.Number);
            if (after is not null)
                deltas.Own(name).Set(after);
        }
    }

    void Forget()
    {
        foreach (var network in Networks)
            network.ForgetStep();
        foreach (var name in Nodes)
            if (nodes.GetValueOrDefault(name)?.IsEmpty == true)
                nodes.Remove(name);
    }
}
