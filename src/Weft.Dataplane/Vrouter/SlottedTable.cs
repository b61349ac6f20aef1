using Weft.Dataplane.Abi;

namespace Weft.Dataplane;

/// <summary>A table whose values hold one thing twice, changed so that all of them change at one moment.</summary>
/// <remarks>
/// <see cref="Prepare"/> and <see cref="Add"/> write what is to count next into the slot that does not count; then the epoch flips; then
/// <see cref="Finish"/> makes both slots equal and removes. Before the flip every value's other slot must be right, also of
/// values that an interrupted change left split: one that cannot be written is taken out, so that it is closed and
/// does not hold up the others. A value whose slots are equal and right needs no flip.
/// </remarks>
/// <param name="reconciler">What is to be there, and what is.</param>
/// <param name="emptyWhenLeaving">What leaves counts for nothing from the flip on; else as before, until it is gone.</param>
/// <param name="around">
/// What stands in for a value that is not there, in a table; null: nothing. Until the flip that is what counts for a value that
/// comes, and from the flip on for one that leaves.
/// </param>
sealed class SlottedTable<TKey, TValue>(
    Reconciler<TKey, TValue> reconciler, bool emptyWhenLeaving, Func<TKey, IReadOnlyDictionary<TKey, TValue>, TValue?>? around = null)
    where TKey : unmanaged
    where TValue : unmanaged, ISlotted<TValue>
{
    readonly HashSet<TKey> _split = [];

    /// <summary>Keys of which one change is on its way.</summary>
    internal IReadOnlyCollection<TKey> Split => _split;

    internal bool NeedsFlip => _split.Count > 0;

    /// <summary>Something could be neither written nor taken out: there must be no flip.</summary>
    internal bool IsBlocked { get; private set; }

    internal void ReadBack()
    {
        reconciler.ReadBack();
        _split.Clear();
        _split.UnionWith(reconciler.Actual.Where(entry => !Slots.AreEqual(entry.Value)).Select(entry => entry.Key));
    }

    /// <summary>For what is there. What is <paramref name="withheld"/> has nothing to count next.</summary>
    /// <param name="slot">That counts.</param>
    /// <param name="withheld">What must not count next.</param>
    /// <param name="shut">Closes what is around values that are about to be taken out; when it cannot, they stay.</param>
    /// <param name="applied">Hears of each value written.</param>
    internal ReconcileResult Prepare(
        uint slot, Func<TKey, bool> withheld, Func<IReadOnlyCollection<TKey>, ReconcileResult> shut, Action<TKey> applied)
    {
        var steps = new Dictionary<TKey, TValue>();
        foreach (var key in reconciler.PendingKeys.Concat(_split))
        {
            if (TryStep(key, slot, withheld, out var step))
                steps[key] = step;
        }
        var result = Apply(steps, applied);
        IsBlocked = false;
        if (result.IsClean)
            return result;
        var stuck = steps.Where(step => !reconciler.Actual[step.Key].Equals(step.Value)).Select(step => step.Key).ToList();
        var closed = shut(stuck);
        var removed = closed.IsClean ? reconciler.ApplyRemoves(stuck, Applied(applied)) : closed;
        IsBlocked = !removed.IsClean;
        return result + removed;
    }

    /// <summary>For what is not there yet; it counts at once, or with the flip that is coming, which what stands in for it demands.</summary>
    internal ReconcileResult Add(uint slot, bool flips, Func<TKey, bool> withheld, Action<TKey> applied)
    {
        var steps = new Dictionary<TKey, TValue>();
        foreach (var key in reconciler.PendingKeys)
        {
            if (reconciler.Actual.ContainsKey(key) || !reconciler.Desired.TryGetValue(key, out var desired) || withheld(key))
                continue;
            steps[key] = Around(key, reconciler.Actual) is { } other ? Slots.With(desired, slot, other.Slot(slot), desired.Slot(0))
                : flips ? Slots.With(desired, slot, TValue.Nothing, desired.Slot(0))
                : desired;
        }
        return Apply(steps, applied);
    }

    /// <summary>Only when nothing is blocked and, where it was needed, the epoch has flipped.</summary>
    internal ReconcileResult Finish(Func<TKey, bool> withheld, Action<TKey> applied)
    {
        var sets = new Dictionary<TKey, TValue>();
        var removes = new List<TKey>();
        foreach (var key in reconciler.PendingKeys)
        {
            var wanted = reconciler.Desired.TryGetValue(key, out var desired) && !withheld(key);
            var there = reconciler.Actual.ContainsKey(key);
            if (wanted && there)
                sets[key] = desired;
            else if (!wanted && there)
                removes.Add(key);
        }
        return Apply(sets, applied) + reconciler.ApplyRemoves(removes, Applied(applied));
    }

    ReconcileResult Apply(Dictionary<TKey, TValue> steps, Action<TKey> applied) => reconciler.ApplySteps(steps, Applied(applied));

    Action<TKey> Applied(Action<TKey> applied) => key =>
    {
        Observe(key);
        applied(key);
    };

    bool TryStep(TKey key, uint slot, Func<TKey, bool> withheld, out TValue step)
    {
        var wanted = reconciler.Desired.TryGetValue(key, out var desired);
        var isWithheld = wanted && withheld(key);
        step = default;
        if (!reconciler.Actual.TryGetValue(key, out var actual))
            return false;
        var counts = actual.Slot(slot);
        var leaves = isWithheld || (!wanted && reconciler.InSync && emptyWhenLeaving);
        var next = leaves ? 0
            : wanted ? desired.Slot(0)
            : reconciler.InSync && Around(key, reconciler.Desired) is { } other ? other.Slot(0)
            : counts;
        step = Slots.With(wanted && !isWithheld ? desired : actual, slot, counts, next);
        return !step.Equals(actual);
    }

    TValue? Around(TKey key, IReadOnlyDictionary<TKey, TValue> values) => around?.Invoke(key, values);

    void Observe(TKey key)
    {
        if (reconciler.Actual.TryGetValue(key, out var actual) && !Slots.AreEqual(actual))
            _split.Add(key);
        else
            _split.Remove(key);
    }
}
