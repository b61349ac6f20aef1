using System.Runtime.InteropServices;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>All floating IPs that lead somewhere, and which networks have a way out because of them.</summary>
sealed class FloatingTable
{
    readonly Dictionary<ResourceKey, Placed> _placed = [];
    readonly Dependents _dependents = new();
    readonly Dictionary<Guid, Dictionary<Guid, int>> _externals = []; // by network, floating IPs of each external network

    public IEnumerable<NodeFloating> All => _placed.Values.Select(placed => placed.Record);

    /// <summary>External networks of which targets in the network have floating IPs.</summary>
    public IEnumerable<Guid> ExternalsOf(Guid network) => _externals.TryGetValue(network, out var found) ? found.Keys : [];

    /// <summary>Looks again at the floating IPs that changed, and at those that were made of something that did.</summary>
    /// <param name="changed">Keys of all kinds.</param>
    /// <param name="next">The snapshot.</param>
    /// <param name="step">Hears what has to be told, and whose networks have to be looked at.</param>
    /// <param name="nodeOf">By name.</param>
    public void Place(IReadOnlyCollection<ResourceKey> changed, Snapshot next, ClusterStep step, Func<string, NodeEntry> nodeOf)
    {
        var marked = changed.Where(key => key.Kind == FloatingIp.KindName).ToHashSet();
        foreach (var key in changed)
            marked.UnionWith(_dependents.Of(key));
        var before = new Dictionary<Guid, NodeFloating>();
        foreach (var key in marked)
            if (Remove(key, step) is { } record)
                before[record.Uid] = record;
        foreach (var key in marked)
            if (Add(key, next, step, nodeOf) is { } record)
            {
                if (!before.Remove(record.Uid, out var old) || !record.Equals(old))
                    step.Everywhere.Set(record);
            }
        foreach (var uid in before.Keys)
            step.Everywhere.RemoveFloating(uid);
    }

    NodeFloating? Remove(ResourceKey key, ClusterStep step)
    {
        if (!_placed.Remove(key, out var old))
            return null;
        Count(old.Record, -1, step);
        if (old.Node is { } node)
        {
            node.Floatings.Remove(key);
            step.Nodes.Add(node);
        }
        return old.Record;
    }

    NodeFloating? Add(ResourceKey key, Snapshot next, ClusterStep step, Func<string, NodeEntry> nodeOf)
    {
        var floating = next.Find<FloatingIp>(key);
        _dependents.Set(key, floating is null ? [] : OutsideSpecs.NamesIn(floating, next));
        if (floating is null || OutsideSpecs.Of(floating, next) is not { } record)
            return null;
        var node = OutsideSpecs.NodeOf(floating, next) is { } name ? nodeOf(name) : null;
        _placed[key] = new(record, node);
        Count(record, 1, step);
        if (node is not null)
        {
            node.Floatings.Add(key);
            step.Nodes.Add(node);
        }
        return record;
    }

    void Count(NodeFloating record, int change, ClusterStep step)
    {
        ref var externals = ref CollectionsMarshal.GetValueRefOrAddDefault(_externals, record.Network, out _);
        externals ??= [];
        var before = externals.GetValueOrDefault(record.External);
        if (before + change != 0)
            externals[record.External] = before + change;
        else if (externals.Remove(record.External) && externals.Count == 0)
            _externals.Remove(record.Network);
        if (before == 0 || before + change == 0)
            step.FloatingNetworks.Add(record.Network);
    }

    readonly record struct Placed(NodeFloating Record, NodeEntry? Node);
}
