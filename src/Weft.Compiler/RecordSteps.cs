using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Weft.Compiler;

/// <summary>Steps of one kind of record, by key: what it becomes, or null for its removal.</summary>
sealed class RecordSteps<TKey, TRecord>(Func<TRecord, TKey> keyOf)
    where TKey : notnull
    where TRecord : class
{
    readonly Dictionary<TKey, TRecord?> _steps = [];

    public int Count => _steps.Count;

    /// <summary>How many of them are removals.</summary>
    public int Removals { get; private set; }

    public void Set(TRecord record) => Put(keyOf(record), record);

    /// <summary>Removes unless something sets: a key that only moved is an upsert.</summary>
    public void Remove(TKey key)
    {
        if (_steps.TryAdd(key, null))
            Removals++;
    }

    /// <summary>What the later step says holds.</summary>
    public void Add(ImmutableArray<TRecord> upserts, ImmutableArray<TKey> removes)
    {
        foreach (var key in removes)
            Put(key, null);
        foreach (var record in upserts)
            Set(record);
    }

    /// <summary>Parts of one step have no order.</summary>
    public void Include(ImmutableArray<TRecord> upserts, ImmutableArray<TKey> removes)
    {
        foreach (var key in removes)
            Remove(key);
        foreach (var record in upserts)
            Set(record);
    }

    /// <summary>All steps; none are left.</summary>
    public (ImmutableArray<TRecord> Upserts, ImmutableArray<TKey> Removes) Take()
    {
        if (_steps.Count == 0)
            return ([], []);
        var (upserts, removes) = (new TRecord[_steps.Count - Removals], new TKey[Removals]);
        var (set, removed) = (0, 0);
        foreach (var (key, record) in _steps)
            if (record is null)
                removes[removed++] = key;
            else
                upserts[set++] = record;
        _steps.Clear();
        Removals = 0;
        return (ImmutableCollectionsMarshal.AsImmutableArray(upserts), ImmutableCollectionsMarshal.AsImmutableArray(removes));
    }

    void Put(TKey key, TRecord? record)
    {
        ref var step = ref CollectionsMarshal.GetValueRefOrAddDefault(_steps, key, out var isKnown);
        Removals += (record is null ? 1 : 0) - (isKnown && step is null ? 1 : 0);
        step = record;
    }
}
