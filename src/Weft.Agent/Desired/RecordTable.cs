using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Weft.Agent.Desired;

/// <summary>What a record was made from: a port or network (uid), a peer (number), a table of rules (id), or the node itself.</summary>
readonly record struct RecordOwner(Guid Uid, ulong Number)
{
    internal static readonly RecordOwner Node;

    internal static RecordOwner Of(Guid uid) => new(uid, 0);

    internal static RecordOwner OfPeer(uint number) => new(Guid.Empty, number);

    internal static RecordOwner OfTable(ulong id) => new(Guid.Empty, id);
}

/// <summary>The desired records of one map, who owns each, and which keys changed since they were last taken.</summary>
/// <remarks>
/// An owner replaces all of its records at once, so that nothing of it can be forgotten. When two owners claim
/// one key, the later claim holds: an address that moves from one port to another in one step is never lost,
/// whichever of the two is looked at first.
/// </remarks>
sealed class RecordTable<TKey, TValue>
    where TKey : unmanaged, IEquatable<TKey>
    where TValue : unmanaged, IEquatable<TValue>
{
    readonly Dictionary<TKey, (TValue Value, RecordOwner Owner)> _records = [];
    readonly Dictionary<RecordOwner, TKey[]> _keys = [];
    readonly HashSet<TKey> _changed = [];

    internal int Count => _records.Count;

    internal IEnumerable<KeyValuePair<TKey, TValue>> Records =>
        _records.Select(record => KeyValuePair.Create(record.Key, record.Value.Value));

    internal bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var found = _records.TryGetValue(key, out var record);
        value = record.Value;
        return found;
    }

    /// <summary>These are all records of the owner from now on.</summary>
    internal void Set(RecordOwner owner, IEnumerable<KeyValuePair<TKey, TValue>> records)
    {
        var keys = new List<TKey>();
        foreach (var (key, value) in records)
        {
            keys.Add(key);
            Put(key, value, owner);
        }
        if (_keys.TryGetValue(owner, out var before))
        {
            var kept = keys.ToHashSet();
            foreach (var key in before)
            {
                if (!kept.Contains(key))
                    Drop(key, owner);
            }
        }
        if (keys.Count == 0)
            _keys.Remove(owner);
        else
            _keys[owner] = [.. keys];
    }

    internal void Remove(RecordOwner owner) => Set(owner, []);

    /// <summary>One record that nobody owns; null: it goes.</summary>
    internal void Set(TKey key, TValue? record)
    {
        if (record is { } value)
            Put(key, value, RecordOwner.Node);
        else
            Drop(key, RecordOwner.Node);
    }

    /// <summary>The keys that changed, came or went since they were last taken.</summary>
    internal IReadOnlyCollection<TKey> Changed => _changed;

    /// <summary>The keys that changed, came or went; they count as taken then.</summary>
    internal TKey[] TakeChanged()
    {
        TKey[] changed = [.. _changed];
        _changed.Clear();
        return changed;
    }

    void Put(TKey key, TValue value, RecordOwner owner)
    {
        ref var record = ref CollectionsMarshal.GetValueRefOrAddDefault(_records, key, out var exists);
        if (!exists || !record.Value.Equals(value))
            _changed.Add(key);
        record = (value, owner);
    }

    void Drop(TKey key, RecordOwner owner)
    {
        if (_records.TryGetValue(key, out var record) && record.Owner == owner && _records.Remove(key))
            _changed.Add(key);
    }
}
