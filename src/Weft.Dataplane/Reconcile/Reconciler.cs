namespace Weft.Dataplane;

/// <summary>Makes what is there equal to what should be there, item by item. Not thread-safe.</summary>
/// <remarks>
/// Keeps both sides in memory, so the cost of a pass is that of what changed. An item is pending exactly while the
/// two sides differ for it. One that fails stays pending and never keeps others from being tried. Nothing is removed
/// before <see cref="MarkInSync"/>: until then, absence from the desired side means "not heard of yet".
/// <see cref="ReadBack"/> replaces the actual side by what the target says and so finds whatever others changed.
/// </remarks>
public sealed class Reconciler<TKey, TValue>(
    string name, IReconcilerTarget<TKey, TValue> target, IEqualityComparer<TValue>? comparer = null)
    where TKey : notnull
{
    readonly IEqualityComparer<TValue> _comparer = comparer ?? EqualityComparer<TValue>.Default;
    readonly Dictionary<TKey, TValue> _desired = [];
    readonly HashSet<TKey> _toSet = [];
    readonly HashSet<TKey> _toRemove = [];
    readonly Dictionary<TKey, Exception> _errors = [];
    Dictionary<TKey, TValue> _actual = [];
    long _applied;
    long _failed;

    public string Name { get; } = name;

    public bool InSync { get; private set; }

    public IReadOnlyDictionary<TKey, TValue> Desired => _desired;

    /// <summary>As last read or written.</summary>
    public IReadOnlyDictionary<TKey, TValue> Actual => _actual;

    public ReconcilerStatus Status =>
        new(Name, _desired.Count, _actual.Count, _toSet.Count + _toRemove.Count, _errors.Count, _applied, _failed);

    /// <summary>Items that differ, with the reason of the last failure.</summary>
    public IEnumerable<PendingItem> Pending => _toSet.Concat(_toRemove).Select(key => new PendingItem(
        $"{key}",
        _desired.TryGetValue(key, out var desired) ? $"{desired}" : null,
        _actual.TryGetValue(key, out var actual) ? $"{actual}" : null,
        _errors.GetValueOrDefault(key)?.Message));

    /// <summary>Wants an item.</summary>
    public void Set(TKey key, TValue value)
    {
        _desired[key] = value;
        Compare(key);
    }

    /// <summary>Wants an item no longer. False when it was not wanted.</summary>
    public bool Remove(TKey key)
    {
        var known = _desired.Remove(key);
        Compare(key);
        return known;
    }

    /// <summary>Wants exactly these items.</summary>
    public void Replace(IEnumerable<KeyValuePair<TKey, TValue>> items)
    {
        var wanted = new Dictionary<TKey, TValue>(items);
        foreach (var key in _desired.Keys.Where(key => !wanted.ContainsKey(key)).ToList())
            Remove(key);
        foreach (var (key, value) in wanted)
            Set(key, value);
    }

    /// <summary>From now on the desired side is complete, and what is not in it is removed.</summary>
    public void MarkInSync() => InSync = true;

    /// <summary>Reads the target and finds every difference anew; writes nothing.</summary>
    public void ReadBack()
    {
        _actual = new(target.Read());
        _toSet.Clear();
        _toRemove.Clear();
        foreach (var key in _desired.Keys)
            Compare(key);
        foreach (var key in _actual.Keys)
            Compare(key);
        foreach (var key in _errors.Keys.Where(key => !_toSet.Contains(key) && !_toRemove.Contains(key)).ToList())
            _errors.Remove(key);
    }

    /// <summary>Removes, then writes, what differs.</summary>
    public ReconcileResult Apply() => ApplyRemoves() + ApplySets();

    /// <summary>Writes what is missing or different; <paramref name="applied"/> hears of each item written.</summary>
    public ReconcileResult ApplySets(Action<TKey>? applied = null) => ForEach(_toSet, applied, key =>
    {
        target.Set(key, _desired[key]);
        _actual[key] = _desired[key];
    });

    /// <summary>Removes what is not wanted; nothing before <see cref="MarkInSync"/>.</summary>
    public ReconcileResult ApplyRemoves(Action<TKey>? applied = null) =>
        !InSync ? ReconcileResult.Nothing : ForEach(_toRemove, applied, key =>
        {
            target.Remove(key);
            _actual.Remove(key);
        });

    /// <summary>Items to be written, and, once in sync, to be removed.</summary>
    public IEnumerable<TKey> PendingKeys => InSync ? _toSet.Concat(_toRemove) : _toSet;

    /// <summary>Writes values on the way to the desired ones; an item stays pending while it differs.</summary>
    public ReconcileResult ApplySteps(IReadOnlyDictionary<TKey, TValue> steps, Action<TKey>? applied = null) =>
        ForEach([.. steps.Keys], applied, key =>
        {
            target.Set(key, steps[key]);
            _actual[key] = steps[key];
        });

    /// <summary>Removes items whether they are wanted or not; what is wanted becomes pending.</summary>
    public ReconcileResult ApplyRemoves(IReadOnlyCollection<TKey> keys, Action<TKey>? applied = null) =>
        ForEach(keys, applied, key =>
        {
            target.Remove(key);
            _actual.Remove(key);
        });

    ReconcileResult ForEach(IReadOnlyCollection<TKey> keys, Action<TKey>? applied, Action<TKey> apply)
    {
        if (keys.Count == 0)
            return ReconcileResult.Nothing;
        List<ReconcileFailure> failures = [];
        var done = 0;
        foreach (var key in keys.ToList())
        {
            try
            {
                apply(key);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                _failed++;
                _errors[key] = error;
                failures.Add(new(Name, $"{key}", error));
                continue;
            }
            done++;
            _errors.Remove(key);
            Compare(key);
            applied?.Invoke(key);
        }
        _applied += done;
        return new(done, failures);
    }

    void Compare(TKey key)
    {
        var wanted = _desired.TryGetValue(key, out var desired);
        var there = _actual.TryGetValue(key, out var actual);
        var set = wanted && !(there && _comparer.Equals(desired, actual));
        var remove = there && !wanted;
        _ = set ? _toSet.Add(key) : _toSet.Remove(key);
        _ = remove ? _toRemove.Add(key) : _toRemove.Remove(key);
        if (!set && !remove)
            _errors.Remove(key);
    }
}
