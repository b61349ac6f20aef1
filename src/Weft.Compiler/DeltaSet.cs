using System.Runtime.InteropServices;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>The deltas of one step, by node. Nodes that get the same share one object.</summary>
sealed class DeltaSet
{
    readonly Dictionary<string, Entry> _entries = [];

    public IEnumerable<string> Nodes => _entries.Keys;

    public void Share(string node, NodeDelta delta)
    {
        if (delta.Count == 0)
            return;
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, node, out _);
        if (entry.Own is null && entry.Shared is null)
            entry.Shared = delta;
        else
            Own(ref entry).Include(delta);
    }

    public NodeDeltaBuilder Own(string node) =>
        Own(ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, node, out _));

    public Dictionary<string, NodeDelta> Build(long revision, Func<string, bool> wanted)
    {
        var deltas = new Dictionary<string, NodeDelta>(_entries.Count);
        foreach (var (node, entry) in _entries)
            if (wanted(node) && (entry.Shared ?? entry.Own!.Build(revision)) is { Count: > 0 } delta)
                deltas[node] = delta;
        return deltas;
    }

    static NodeDeltaBuilder Own(ref Entry entry)
    {
        entry.Own ??= new();
        if (entry.Shared is { } shared)
            entry.Own.Include(shared);
        entry.Shared = null;
        return entry.Own;
    }

    struct Entry
    {
        public NodeDelta? Shared;
        public NodeDeltaBuilder? Own;
    }
}
