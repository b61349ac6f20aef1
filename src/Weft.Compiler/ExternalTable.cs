using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>All external networks. Every node is told of each, with the uplink that it has itself.</summary>
sealed class ExternalTable
{
    readonly Registry<Entry> _externals = new();

    public IEnumerable<ExternalNetwork> All => _externals.All.Select(entry => entry.Resource!);

    public string NameOf(Guid uid) => _externals.Find(uid)?.Resource?.Name ?? "";

    /// <summary>Takes over what the next snapshot says.</summary>
    public void Place(IReadOnlyCollection<ResourceKey> keys, Snapshot next, ClusterStep step)
    {
        var placement = _externals.Place(keys, next, _ => new());
        step.MovedNames.UnionWith(placement.Moved);
        foreach (var entry in placement.Gone)
            step.Externals[entry.Resource!.Uid] = new(entry.Resource, null);
        foreach (var key in keys)
        {
            if (_externals.At(key) is not { } entry)
                continue;
            var after = next.Find<ExternalNetwork>(key)!;
            step.Externals[after.Uid] = new(entry.Resource, after);
            entry.Resource = after;
        }
    }

    sealed class Entry
    {
        public ExternalNetwork? Resource { get; set; }
    }
}

/// <summary>What a step made of one external network. Null: it is not there.</summary>
readonly record struct ExternalStep(ExternalNetwork? Before, ExternalNetwork? After)
{
    /// <summary>What a node has to change; null: nothing.</summary>
    public (NodeExternal? Upsert, Guid? Remove)? For(string node)
    {
        var before = Before is null ? null : OutsideSpecs.Of(Before, node);
        var after = After is null ? null : OutsideSpecs.Of(After, node);
        return after is null ? (null, before!.Uid)
            : after.Equals(before) ? null
            : (after, null);
    }
}
