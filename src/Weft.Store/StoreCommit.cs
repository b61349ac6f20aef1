using System.Collections.Immutable;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Store;

/// <summary>A transaction: <paramref name="Expect"/> must hold, then all writes and deletes happen at one new revision.</summary>
/// <param name="Writes">Their <see cref="Resource.Revision"/> is ignored: the store sets it.</param>
public sealed record StoreCommit(
    ImmutableArray<Expectation> Expect, ImmutableArray<Resource> Writes, ImmutableArray<ResourceKey> Deletes);

/// <summary>The resource was last written at <paramref name="Revision"/>; 0: it does not exist.</summary>
public readonly record struct Expectation(ResourceKey Key, long Revision);

/// <summary>What became of a commit.</summary>
public abstract record CommitResult
{
    CommitResult()
    {
    }

    public sealed record Committed(long Revision) : CommitResult;

    /// <summary>An expectation did not hold; nothing was changed.</summary>
    public sealed record Mismatch(ResourceKey Key, long Actual) : CommitResult;
}

/// <summary>All resources at <paramref name="Revision"/>, each with the revision of its own last write.</summary>
public sealed record StoreContents(long Revision, ImmutableArray<Resource> Resources);

/// <summary>What one commit did.</summary>
public sealed record ChangeBatch(long Revision, ImmutableArray<StoredChange> Changes);

/// <param name="Resource">As it is after the change; when deleted, as it was before.</param>
public sealed record StoredChange(ChangeType Type, Resource Resource);

public enum ChangeType
{
    Created,
    Updated,
    Deleted,
}
