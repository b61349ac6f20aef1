namespace Weft.Dataplane;

/// <summary>A kernel map as a reconciler's target.</summary>
public sealed class BpfMapTarget<TKey, TValue>(BpfMap<TKey, TValue> map) : IReconcilerTarget<TKey, TValue>, IDisposable
    where TKey : unmanaged
    where TValue : unmanaged
{
    public IEnumerable<KeyValuePair<TKey, TValue>> Read() => map.ReadAll();

    public void Set(TKey key, TValue value) => map.Set(key, value);

    public void Remove(TKey key) => map.Remove(key);

    public void Dispose() => map.Dispose();
}
