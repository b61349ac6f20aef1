using System.Runtime.InteropServices;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>Where every port is, and which ports use the name of a security group.</summary>
sealed class PortTable
{
    readonly Dictionary<ResourceKey, Placed> _ports = [];
    readonly Dictionary<ResourceKey, HashSet<ResourceKey>> _users = []; // by key of the group

    /// <summary>Looks again at the ports that were marked, and at those that use a name that moved.</summary>
    public void Place(
        Snapshot next, ClusterStep step, Func<ResourceKey, NetworkEntry?> networkAt, Func<ResourceKey, RuleSetEntry?> groupAt,
        Func<string, NodeEntry> nodeOf)
    {
        foreach (var name in step.MovedNames)
            step.Ports.UnionWith(_users.GetValueOrDefault(name, []));
        // A renamed port is a key that goes and one that comes, of one uid: all go first.
        foreach (var key in step.Ports)
            Remove(key, step);
        foreach (var key in step.Ports)
            if (next.Find<Port>(key) is { } port && networkAt(ResourceKey.Network(port.Project, port.Network)) is { } network)
                Add(key, port, network, next, step, groupAt, nodeOf);
    }

    void Remove(ResourceKey key, ClusterStep step)
    {
        if (!_ports.Remove(key, out var old))
            return;
        old.Network.Remove(old.Uid, old.Node, old.Groups);
        step.Networks.Add(old.Network);
        foreach (var name in old.GroupNames)
            if (_users.TryGetValue(name, out var users) && users.Remove(key) && users.Count == 0)
                _users.Remove(name);
        if (old.Node is null)
            return;
        old.Node.Ports.Remove(key);
        step.Nodes.Add(old.Node);
    }

    void Add(
        ResourceKey key, Port port, NetworkEntry network, Snapshot next, ClusterStep step, Func<ResourceKey, RuleSetEntry?> groupAt,
        Func<string, NodeEntry> nodeOf)
    {
        var node = port.Node is { } name ? nodeOf(name) : null;
        IReadOnlyList<ResourceKey> names = port.SecurityGroups is { Count: > 0 } given
            ? [.. given.Distinct().Select(group => ResourceKey.SecurityGroup(port.Project, group))]
            : [];
        IReadOnlyList<RuleSetEntry> groups = names.Count == 0 ? [] : [.. names.Select(groupAt).OfType<RuleSetEntry>()];
        network.Add(NodeRecords.Of(port, network.Record.Uid, node?.Number ?? 0, next), node, groups);
        node?.Ports.Add(key);
        foreach (var group in names)
            (CollectionsMarshal.GetValueRefOrAddDefault(_users, group, out _) ??= []).Add(key);
        _ports[key] = new(network, port.Uid, node, groups, names);
        step.Networks.Add(network);
    }

    readonly record struct Placed(
        NetworkEntry Network, Guid Uid, NodeEntry? Node, IReadOnlyList<RuleSetEntry> Groups, IReadOnlyList<ResourceKey> GroupNames);
}
