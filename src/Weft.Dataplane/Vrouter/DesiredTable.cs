namespace Weft.Dataplane;

/// <summary>One table of the vrouter: what should be in it, and what is. Changes wait for <see cref="Vrouter.Apply"/>.</summary>
public sealed class DesiredTable<TKey, TValue> where TKey : unmanaged where TValue : unmanaged
{
    readonly Reconciler<TKey, TValue> _reconciler;
    readonly Lock _lock;

    internal DesiredTable(Reconciler<TKey, TValue> reconciler, Lock vrouterLock)
    {
        _reconciler = reconciler;
        _lock = vrouterLock;
    }

    internal Reconciler<TKey, TValue> Reconciler_NeedsLock => _reconciler;

    /// <summary>Wants an entry, in place of any with this key.</summary>
    public void Set(TKey key, TValue value)
    {
        lock (_lock)
            _reconciler.Set(key, value);
    }

    /// <summary>Wants an entry no longer. False when it was not wanted.</summary>
    public bool Remove(TKey key)
    {
        lock (_lock)
            return _reconciler.Remove(key);
    }

    /// <summary>Wants exactly these entries.</summary>
    public void Replace(IEnumerable<KeyValuePair<TKey, TValue>> entries)
    {
        lock (_lock)
            _reconciler.Replace(entries);
    }

    public bool TryGetDesired(TKey key, out TValue value)
    {
        lock (_lock)
            return _reconciler.Desired.TryGetValue(key, out value);
    }

    /// <summary>What is in the kernel, as last read or written.</summary>
    public bool TryGetActual(TKey key, out TValue value)
    {
        lock (_lock)
            return _reconciler.Actual.TryGetValue(key, out value);
    }

    /// <summary>A copy of what is in the kernel, as last read or written.</summary>
    public IReadOnlyDictionary<TKey, TValue> Actual()
    {
        lock (_lock)
            return new Dictionary<TKey, TValue>(_reconciler.Actual);
    }

    public ReconcilerStatus Status
    {
        get
        {
            lock (_lock)
                return _reconciler.Status;
        }
    }

    /// <summary>What differs and why, for people who debug.</summary>
    public IReadOnlyList<PendingItem> Pending()
    {
        lock (_lock)
            return [.. _reconciler.Pending];
    }
}
