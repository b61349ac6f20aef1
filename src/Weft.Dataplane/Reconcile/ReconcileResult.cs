namespace Weft.Dataplane;

/// <summary>One item that could not be applied; it stays pending.</summary>
/// <param name="Table">The reconciler's name.</param>
/// <param name="Key">The item's key as text.</param>
/// <param name="Error">What happened.</param>
public sealed record ReconcileFailure(string Table, string Key, Exception Error);

/// <summary>What one pass did.</summary>
/// <param name="Applied">Items written or removed.</param>
/// <param name="Failures">Items that failed in this pass.</param>
public sealed record ReconcileResult(int Applied, IReadOnlyList<ReconcileFailure> Failures)
{
    public static readonly ReconcileResult Nothing = new(0, []);

    /// <summary>True when nothing failed.</summary>
    public bool IsClean => Failures.Count == 0;

    public static ReconcileResult operator +(ReconcileResult left, ReconcileResult right) => Add(left, right);

    public static ReconcileResult Add(ReconcileResult left, ReconcileResult right) =>
        left.Applied == 0 && left.IsClean ? right
        : right.Applied == 0 && right.IsClean ? left
        : new(left.Applied + right.Applied, [.. left.Failures, .. right.Failures]);
}

/// <summary>How far a reconciler is.</summary>
/// <param name="Name">The reconciler's name.</param>
/// <param name="Desired">Items that should be there.</param>
/// <param name="Actual">Items that are there, as far as it knows.</param>
/// <param name="Pending">Items that differ, those held until in-sync included.</param>
/// <param name="Failing">Items among the pending whose last try failed.</param>
/// <param name="AppliedTotal">Writes and removals since the start.</param>
/// <param name="FailedTotal">Failed tries since the start.</param>
public sealed record ReconcilerStatus(
    string Name, int Desired, int Actual, int Pending, int Failing, long AppliedTotal, long FailedTotal);

/// <summary>One item that differs, for people who debug.</summary>
/// <param name="Key">The item's key as text.</param>
/// <param name="Desired">What it should be; null: not there.</param>
/// <param name="Actual">What it is; null: not there.</param>
/// <param name="Error">Why the last try failed; null: not tried since it changed.</param>
public sealed record PendingItem(string Key, string? Desired, string? Actual, string? Error);
