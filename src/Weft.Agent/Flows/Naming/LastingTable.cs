namespace Weft.Agent.Flows;

/// <summary>Names by number or address. What is removed keeps its name for a while: reports of it come later.</summary>
sealed class LastingTable<TKey, TValue> where TKey : notnull where TValue : class
{
    readonly Dictionary<TKey, Entry> _entries = [];
    readonly Queue<(TimeSpan Until, TKey Key)> _leaving = new();

    internal TValue? Find(TKey key) => _entries.GetValueOrDefault(key).Value;

    internal void Set(TKey key, TValue value) => _entries[key] = new(value, TimeSpan.MaxValue);

    /// <summary>Removes a value later, unless the key has been set again by then; nothing when it has another already.</summary>
    internal void Remove(TKey key, TValue value, TimeSpan until)
    {
        if (!_entries.TryGetValue(key, out var entry) || !ReferenceEquals(entry.Value, value))
            return;
        _entries[key] = new(value, until);
        _leaving.Enqueue((until, key));
    }

    internal void Purge(TimeSpan now)
    {
        while (_leaving.TryPeek(out var first) && first.Until <= now)
        {
            _leaving.Dequeue();
            if (_entries.GetValueOrDefault(first.Key) is { Value: not null } entry && entry.Until <= now)
                _entries.Remove(first.Key);
        }
    }

    readonly record struct Entry(TValue? Value, TimeSpan Until);
}
