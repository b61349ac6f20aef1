using System.Runtime.InteropServices;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>The deltas of one step, by node. Nodes that get the same share one object.</summary>
/// <remarks>
/// What several nodes get is given out in parts. Nodes that got the same parts are at the same place of a tree, where the
/// parts become one delta once for all of them. Only peers are told to each node apart: hardly any two have the same.
/// </remarks>
sealed class DeltaSet(long revision)
{
    readonly Place _start = new(null, null);
    readonly Dictionary<NodeEntry, Place> _places = [];
    readonly Dictionary<NodeEntry, NodeDeltaBuilder> _peers = [];

    /// <summary>Parts must be given out in one order to all nodes, so that those who get the same meet.</summary>
    public void Share(NodeEntry node, NodeDelta part)
    {
        if (part.Count == 0)
            return;
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, node, out _);
        place = (place ?? _start).After(part);
    }

    public NodeDeltaBuilder PeersOf(NodeEntry node)
    {
        if (!_peers.TryGetValue(node, out var builder))
            _peers[node] = builder = new();
        return builder;
    }

    /// <summary>By name, for the nodes that exist and have news.</summary>
    public Dictionary<string, NodeDelta> Build()
    {
        var deltas = new Dictionary<string, NodeDelta>(_places.Count);
        foreach (var (node, place) in _places)
            if (node.Node is not null)
                deltas[node.Name] = place.Whole(revision);
        foreach (var (node, builder) in _peers)
            if (node.Node is not null && builder.Build(revision) is { Count: > 0 } peers)
                deltas[node.Name] = deltas.TryGetValue(node.Name, out var shared)
                    ? shared with { Peers = peers.Peers, RemovedPeers = peers.RemovedPeers }
                    : peers;
        return deltas;
    }

    /// <summary>What some nodes got so far.</summary>
    sealed class Place(Place? before, NodeDelta? part)
    {
        // Deltas are equal by what is in them; here only the same object is the same.
        readonly Dictionary<NodeDelta, Place> _next = new(ReferenceEqualityComparer.Instance);
        NodeDelta? _whole;

        public Place After(NodeDelta next)
        {
            if (!_next.TryGetValue(next, out var place))
                _next[next] = place = new(this, next);
            return place;
        }

        public NodeDelta Whole(long revision) => _whole ??= before?.IsStart == true ? part! : Join(revision);

        bool IsStart => before is null;

        NodeDelta Join(long revision)
        {
            var builder = new NodeDeltaBuilder();
            for (var place = this; place.Part is { } one; place = place.Before!)
                builder.Include(one);
            return builder.Build(revision);
        }

        NodeDelta? Part => part;

        Place? Before => before;
    }
}
