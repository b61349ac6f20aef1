using System.Runtime.InteropServices;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>
/// All node states at one revision, in a form in which a change costs what it changes.
/// </summary>
/// <remarks>
/// Ports are kept once per network, not once per node; a node's state is its networks' ports together.
/// Changes only say which keys to look at: the truth is read from the next snapshot, so a step does not
/// depend on the order or the completeness of what the changes claim.
///
/// A step runs in phases, each of which marks what the next has to look at: nodes (a new number marks the
/// node's ports), networks (one that came or went marks its ports), ports (mark their networks), then who
/// holds ports of the marked networks, then who is whose peer, and at last the deltas.
///
/// Not for concurrent use: the owner serialises <see cref="Apply"/> and <see cref="Full"/>.
/// </remarks>
public sealed class CompiledCluster
{
    readonly Dictionary<ResourceKey, NetworkEntry> _networks = [];
    readonly Dictionary<string, NodeEntry> _nodes = [];
    readonly Dictionary<ResourceKey, PlacedPort> _ports = [];

    /// <summary>Of the snapshot that was applied last.</summary>
    public long Revision { get; private set; }

    /// <summary>Compiles a whole snapshot.</summary>
    public static CompiledCluster Of(Snapshot snapshot)
    {
        var cluster = new CompiledCluster();
        var changes = snapshot.Resources.Select(pair => new Change(pair.Key, null, pair.Value)).ToList();
        cluster.Mark(new(cluster._nodes, tracked: false), snapshot, changes).Drop();
        return cluster;
    }

    /// <summary>Moves to the next snapshot.</summary>
    /// <returns>What each existing node has to change; nodes for which nothing changes are not in it.</returns>
    public IReadOnlyDictionary<string, NodeDelta> Apply(Snapshot next, IReadOnlyCollection<Change> changes) =>
        Mark(new(_nodes, tracked: true), next, changes).Deltas(next.Revision);

    /// <summary>The whole state of a node, as the delta from nothing.</summary>
    public NodeDelta Full(string nodeName)
    {
        var builder = new NodeDeltaBuilder();
        foreach (var network in _networks.Values)
            builder.Set(network.Record);
        if (_nodes.TryGetValue(nodeName, out var node))
        {
            foreach (var port in node.Networks.SelectMany(network => network.Ports))
                builder.Set(port);
            foreach (var name in node.SharedNetworks.Keys)
                if (_nodes.GetValueOrDefault(name)?.Node is { } peer)
                    builder.Set(NodeRecords.Of(peer));
        }
        return builder.Build(Revision);
    }

    ClusterStep Mark(ClusterStep step, Snapshot next, IReadOnlyCollection<Change> changes)
    {
        foreach (var change in changes)
            if (change.Key.Kind == Node.KindName)
                PlaceNode(change.Key, next, step);
        foreach (var change in changes)
            if (change.Key.Kind == Network.KindName)
                PlaceNetwork(change.Key, next, step);
            else if (change.Key.Kind == Port.KindName)
                step.Ports.Add(change.Key);
        // A renamed port is a key that goes and one that comes, of one uid: all go first.
        foreach (var key in step.Ports)
            RemovePort(key, step);
        foreach (var key in step.Ports)
            AddPort(key, next, step);
        Revision = next.Revision;
        return step;
    }

    void PlaceNode(ResourceKey key, Snapshot next, ClusterStep step)
    {
        var entry = EntryOf(key.Name);
        var number = entry.Number;
        step.TouchPeersOf(key.Name, entry);
        entry.Node = next.Find<Node>(key);
        if (entry.Number != number)
            step.Ports.UnionWith(entry.Ports);
        step.Nodes.Add(key.Name);
    }

    void PlaceNetwork(ResourceKey key, Snapshot next, ClusterStep step)
    {
        var record = next.Find<Network>(key) is { } network ? NodeRecords.Of(network) : null;
        var entry = _networks.GetValueOrDefault(key);
        if (entry is not null && entry.Record.Uid == record?.Uid)
        {
            if (!entry.Record.Equals(record))
                step.NetworkSteps.Set(record);
            entry.Record = record;
            return;
        }
        if (entry is not null)
        {
            step.NetworkSteps.RemoveNetwork(entry.Record.Uid);
            step.Networks.Add(entry);
            step.Ports.UnionWith(entry.Ports.Select(port => ResourceKey.Port(port.Project, port.Name)));
            _networks.Remove(key);
        }
        if (record is not null)
        {
            step.NetworkSteps.Set(record);
            _networks[key] = new(record);
            step.Ports.UnionWith(next.MembersOf(key).OfType<Port>().Select(ResourceKey.Of));
        }
    }

    void RemovePort(ResourceKey key, ClusterStep step)
    {
        if (!_ports.Remove(key, out var old))
            return;
        old.Network.Remove(old.Uid, old.Node);
        step.Networks.Add(old.Network);
        if (old.Node is null)
            return;
        _nodes[old.Node].Ports.Remove(key);
        step.Nodes.Add(old.Node);
    }

    void AddPort(ResourceKey key, Snapshot next, ClusterStep step)
    {
        if (next.Find<Port>(key) is not { } port
            || _networks.GetValueOrDefault(ResourceKey.Network(port.Project, port.Network)) is not { } network)
            return;
        var node = port.Node is { } name ? EntryOf(name) : null;
        network.Add(NodeRecords.Of(port, network.Record.Uid, node?.Number ?? 0, next), port.Node);
        node?.Ports.Add(key);
        _ports[key] = new(network, port.Uid, port.Node);
        step.Networks.Add(network);
    }

    NodeEntry EntryOf(string name) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_nodes, name, out _) ??= new();

    readonly record struct PlacedPort(NetworkEntry Network, Guid Uid, string? Node);
}
