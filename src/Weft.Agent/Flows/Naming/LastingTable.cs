namespace Weft.Agent.Flows;

/// <summary>Names by number or address. What is removed keeps its name for a while: reports of it come later.</summary>
sealed class LastingTable<TKey, TValue> where TKey : notnull where TValue : class
{
    readonly Dictionary<TKey, TValue> _values = [];
    readonly Queue<(TimeSpan Until, TKey Key, TValue Value)> _leaving = new();

    internal int Count => _values.Count;

    internal TValue? Find(TKey key) => _values.GetValueOrDefault(key);

    internal void Set(TKey key, TValue value) => _values[key] = value;

    /// <summary>Removes a value later, unless the key has another by then.</summary>
    internal void Remove(TKey key, TValue value, TimeSpan until) => _leaving.Enqueue((until, key, value));

    internal void Purge(TimeSpan now)
    {
        while (_leaving.TryPeek(out var first) && first.Until <= now)
        {
            _leaving.Dequeue();
            if (ReferenceEquals(_values.GetValueOrDefault(first.Key), first.Value))
                _values.Remove(first.Key);
        }
    }
}
