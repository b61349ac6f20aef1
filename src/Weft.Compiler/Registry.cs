using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>What resources of a kind have become, by uid, and which uid a key stands for now.</summary>
/// <remarks>An entry lives as long as its uid: a resource that only got another name keeps it.</remarks>
sealed class Registry<TEntry> where TEntry : class
{
    readonly Dictionary<Guid, TEntry> _entries = [];
    readonly Dictionary<ResourceKey, Guid> _uids = [];

    public IReadOnlyCollection<TEntry> All => _entries.Values;

    public TEntry? At(ResourceKey key) => _uids.TryGetValue(key, out var uid) ? _entries.GetValueOrDefault(uid) : null;

    public TEntry? Find(Guid uid) => _entries.GetValueOrDefault(uid);

    /// <summary>Lets the keys stand for what they stand for in the next snapshot.</summary>
    /// <param name="keys">Others are as they were.</param>
    /// <param name="next">The snapshot.</param>
    /// <param name="make">Makes the entry of a uid that was not there.</param>
    public Placement Place(IReadOnlyCollection<ResourceKey> keys, Snapshot next, Func<Resource, TEntry> make)
    {
        var (moved, lost, gone) = (new List<ResourceKey>(), new HashSet<Guid>(), new List<TEntry>());
        // All go before any comes: a name may have passed from one to another.
        foreach (var key in keys)
        {
            var isKnown = _uids.TryGetValue(key, out var uid);
            var after = next.Resources.GetValueOrDefault(key);
            if (isKnown ? uid == after?.Uid : after is null)
                continue;
            moved.Add(key);
            if (isKnown)
                lost.Add(uid);
            _uids.Remove(key);
        }
        foreach (var key in moved)
            if (next.Resources.GetValueOrDefault(key) is { } resource)
            {
                _uids[key] = resource.Uid;
                lost.Remove(resource.Uid);
                if (!_entries.ContainsKey(resource.Uid))
                    _entries[resource.Uid] = make(resource);
            }
        foreach (var uid in lost)
            if (_entries.Remove(uid, out var entry))
                gone.Add(entry);
        return new(moved, gone);
    }

    /// <param name="Moved">Keys that stand for another uid than before, or for none.</param>
    /// <param name="Gone">Entries of uids that are no more.</param>
    public readonly record struct Placement(IReadOnlyList<ResourceKey> Moved, IReadOnlyList<TEntry> Gone);
}
