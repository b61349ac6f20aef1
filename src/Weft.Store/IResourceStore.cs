namespace Weft.Store;

/// <summary>
/// Where resources live: keys with documents, one revision that grows with every commit, compare-and-set
/// transactions, and a log of changes that can be followed from a revision.
/// </summary>
public interface IResourceStore : IAsyncDisposable
{
    /// <summary>Everything, as of one revision.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    Task<StoreContents> LoadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Applies the whole commit, or nothing of it when an expectation does not hold. When it returns
    /// <see cref="CommitResult.Committed"/> the commit survives the death of this process and machine.
    /// Commits issued one after the other take effect in that order. Cancelling abandons the wait, not
    /// a commit that has been queued.
    /// </summary>
    /// <exception cref="StoreException">The outcome is unknown; <see cref="LoadAsync"/> tells.</exception>
    Task<CommitResult> CommitAsync(StoreCommit commit, CancellationToken cancellationToken);

    /// <summary>All commits after <paramref name="revision"/>, in order, as they come; ends only by cancellation.</summary>
    /// <exception cref="CompactedException">Thrown while enumerating: the log no longer reaches that far back.</exception>
    IAsyncEnumerable<ChangeBatch> WatchAsync(long revision, CancellationToken cancellationToken);
}
