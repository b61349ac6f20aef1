namespace Weft.Dataplane;

/// <summary>What a reconciler writes to: a kernel map, the links of a namespace, files.</summary>
public interface IReconcilerTarget<TKey, TValue> where TKey : notnull
{
    /// <summary>Everything that is there now.</summary>
    IEnumerable<KeyValuePair<TKey, TValue>> Read();

    /// <summary>Adds or replaces one item; throws when it cannot.</summary>
    void Set(TKey key, TValue value);

    /// <summary>Removes one item; one that is not there is fine.</summary>
    void Remove(TKey key);
}
