using System.Runtime.InteropServices;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>
/// All node states at one revision, in a form in which a change costs what it changes.
/// </summary>
/// <remarks>
/// Ports are kept once per network and rules once per set, not once per node; a node's state is what the networks it sees
/// have, together. Changes only say which keys to look at: the truth is read from the next snapshot, so a step does not
/// depend on the order or the completeness of what the changes claim.
///
/// A step runs in phases, each of which marks what the next has to look at: nodes (a new number marks the node's ports),
/// networks and groups (a name that stands for another marks what uses it), rule sets (mark what they join and are
/// attached to), ports (mark their networks), floating IPs (mark the networks that they are a way out of), ways out,
/// load balancers (ports mark those that they serve), the certificates that their nodes show; then
/// <see cref="ClusterStep"/> counts who sees what.
///
/// Not for concurrent use: the owner serialises <see cref="Apply"/> and <see cref="Full"/>.
/// </remarks>
public sealed class CompiledCluster
{
    readonly Registry<NetworkEntry> _networks = new();
    readonly RuleSetBoard _ruleSets = new();
    readonly Dictionary<string, NodeEntry> _nodes = [];
    readonly PortTable _ports = new();
    readonly ExternalTable _externals = new();
    readonly FloatingTable _floatings = new();
    readonly GatewayTable _gateways = new();
    readonly BalancerTable _balancers = new();
    readonly CertificateTable _certificates = new();
    readonly HashSet<NodeEntry> _answering = []; // for floating IPs

    /// <summary>Of the snapshot that was applied last.</summary>
    public long Revision { get; private set; }

    /// <summary>Compiles a whole snapshot.</summary>
    public static CompiledCluster Of(Snapshot snapshot)
    {
        var cluster = new CompiledCluster();
        var step = new ClusterStep(cluster._nodes, cluster._answering, tracked: false);
        cluster.Take(snapshot, snapshot.Resources.Keys, step);
        step.Forget();
        return cluster;
    }

    /// <summary>Moves to the next snapshot.</summary>
    /// <returns>What each existing node has to change; nodes for which nothing changes are not in it.</returns>
    public IReadOnlyDictionary<string, NodeDelta> Apply(Snapshot next, IReadOnlyCollection<Change> changes)
    {
        var step = new ClusterStep(_nodes, _answering, tracked: true);
        Take(next, changes.Select(change => change.Key), step);
        var deltas = step.Deltas(next.Revision);
        step.Forget();
        return deltas;
    }

    /// <summary>The whole state of a node, as the delta from nothing.</summary>
    public NodeDelta Full(string nodeName)
    {
        var builder = new NodeDeltaBuilder();
        foreach (var network in _networks.All)
            builder.Set(network.Record);
        foreach (var external in _externals.All)
            builder.Set(OutsideSpecs.Of(external, nodeName));
        foreach (var floating in _floatings.All)
            builder.Set(floating);
        if (_nodes.TryGetValue(nodeName, out var node))
        {
            foreach (var port in node.Seen.SelectMany(network => network.Ports))
                builder.Set(port);
            foreach (var balancer in node.Seen.SelectMany(network => network.Balancers))
                builder.Set(balancer);
            foreach (var certificate in _certificates.Of(node))
                builder.Set(certificate);
            foreach (var peer in PeerSteps.Of(node, _nodes, _answering))
                if (peer.Node is { } resource)
                    builder.Set(NodeRecords.Of(resource));
            foreach (var set in node.Seen.SelectMany(network => network.RuleSets.Members).Distinct())
                builder.Include(set.All(Revision));
        }
        return builder.Build(Revision);
    }

    void Take(Snapshot next, IEnumerable<ResourceKey> changes, ClusterStep step)
    {
        var changed = changes.ToHashSet();
        var keys = changed.ToLookup(key => key.Kind);
        foreach (var key in keys[Node.KindName])
            PlaceNode(key, next, step);
        _externals.Place([.. keys[ExternalNetwork.KindName]], next, step);
        var gone = PlaceNetworks([.. keys[Network.KindName]], next, step);
        _ruleSets.Place([.. keys[Policy.KindName], .. keys[Router.KindName], .. keys[SecurityGroup.KindName]], next, step);
        _ruleSets.Compile(next, step);
        foreach (var set in step.RuleSets)
            Attach(set, gone, step);
        step.Ports.UnionWith(keys[Port.KindName]);
        _ports.Place(next, step, _networks.At, _ruleSets.At, EntryOf);
        _floatings.Place(changed, next, step, EntryOf);
        step.Peers.SetAnswering(step.Nodes);
        PlaceGateways(changed, next, step);
        step.Balancers.UnionWith(keys[LoadBalancer.KindName]);
        _balancers.Place(next, step, _networks.At, EntryOf);
        _certificates.Place(keys[Certificate.KindName], next, step, EntryOf);
        step.Settle(uid => NetworkOf(uid, gone), _ruleSets.AreJoined);
        Revision = next.Revision;
    }

    void PlaceNode(ResourceKey key, Snapshot next, ClusterStep step)
    {
        var entry = EntryOf(key.Name);
        var number = entry.Number;
        step.Peers.Touch(entry);
        entry.Node = next.Find<Node>(key);
        if (entry.Number != number)
        {
            step.Ports.UnionWith(entry.Ports);
            step.Balancers.UnionWith(entry.Balancers);
        }
        step.Nodes.Add(entry);
    }

    /// <returns>Those that are no more, by uid.</returns>
    Dictionary<Guid, NetworkEntry> PlaceNetworks(IReadOnlyCollection<ResourceKey> keys, Snapshot next, ClusterStep step)
    {
        foreach (var entry in keys.Select(_networks.At).OfType<NetworkEntry>())
            if (!IsAt(entry, next))
            {
                step.Ports.UnionWith(entry.Ports.Select(port => ResourceKey.Port(port.Project, port.Name)));
                step.Balancers.UnionWith(entry.Balancers.Select(balancer => ResourceKey.LoadBalancer(balancer.Project, balancer.Name)));
            }
        var placement = _networks.Place(keys, next, resource =>
        {
            var made = new NetworkEntry(NodeRecords.Of((Network)resource));
            step.Everywhere.Set(made.Record);
            _ruleSets.PlaceNetwork(made.Record.Uid, made.Record.Project, step);
            return made;
        });
        foreach (var key in placement.Moved)
        {
            step.Ports.UnionWith(next.MembersOf(key).OfType<Port>().Select(ResourceKey.Of));
            step.Balancers.UnionWith(next.MembersOf(key).OfType<LoadBalancer>().Select(ResourceKey.Of));
        }
        step.MovedNames.UnionWith(placement.Moved);
        foreach (var key in keys)
            if (_networks.At(key) is { } entry && entry.Record.Project != key.Project)
                _ruleSets.PlaceNetwork(entry.Record.Uid, key.Project, step);
        foreach (var entry in placement.Gone)
        {
            step.Everywhere.RemoveNetwork(entry.Record.Uid);
            step.Networks.Add(entry);
            _ruleSets.PlaceNetwork(entry.Record.Uid, null, step);
        }
        return placement.Gone.ToDictionary(entry => entry.Record.Uid);
    }

    static bool IsAt(NetworkEntry entry, Snapshot next) =>
        next.Find<Network>(ResourceKey.Network(entry.Record.Project, entry.Record.Name))?.Uid == entry.Record.Uid;

    /// <summary>Networks that changed, and those whose ways out may have.</summary>
    void PlaceGateways(HashSet<ResourceKey> changed, Snapshot next, ClusterStep step)
    {
        var marked = _gateways.Follow(changed, next);
        marked.UnionWith(changed.Where(key => key.Kind == Network.KindName));
        marked.UnionWith(step.FloatingNetworks.Select(_networks.Find).OfType<NetworkEntry>()
            .Select(entry => next.ByUid.GetValueOrDefault(entry.Record.Uid)).Where(key => key.Kind == Network.KindName));
        foreach (var key in marked)
        {
            if (_networks.At(key) is not { } entry)
            {
                _gateways.Forget(key);
                continue;
            }
            var network = next.Find<Network>(key)!;
            var floating = _floatings.ExternalsOf(network.Uid).OrderBy(_externals.NameOf, StringComparer.Ordinal);
            var record = NodeRecords.Of(network) with { Gateways = _gateways.Of(network, floating, next) };
            if (entry.Record.Equals(record))
                continue;
            entry.Record = record;
            step.Everywhere.Set(record);
        }
    }

    /// <summary>Policies are attached by what they say; groups by the ports that have them.</summary>
    void Attach(RuleSetEntry set, Dictionary<Guid, NetworkEntry> gone, ClusterStep step)
    {
        if (set.Attached.SequenceEqual(set.AttachedBefore))
            return;
        Count(set.AttachedBefore, -1);
        Count(set.Attached, 1);

        void Count(IEnumerable<Guid> networks, int change)
        {
            foreach (var network in networks.Select(uid => NetworkOf(uid, gone)).OfType<NetworkEntry>())
            {
                network.RuleSets.Count(set, change);
                step.Networks.Add(network);
            }
        }
    }

    NetworkEntry? NetworkOf(Guid uid, Dictionary<Guid, NetworkEntry> gone) => _networks.Find(uid) ?? gone.GetValueOrDefault(uid);

    NodeEntry EntryOf(string name) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_nodes, name, out _) ??= new(name);
}
