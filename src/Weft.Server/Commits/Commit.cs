using System.Collections.Immutable;
using System.Diagnostics;
using Weft.Model.State;

namespace Weft.Server.Commits;

/// <summary>One revision: what changed, and everything as it is after that.</summary>
/// <remarks>A renamed resource is a deletion and a creation with the same uid.</remarks>
public sealed record Commit(Snapshot Snapshot, ImmutableArray<Change> Changes)
{
    public long Revision => Snapshot.Revision;

    /// <summary>Of the write, when it is traced.</summary>
    public ActivityContext Cause { get; init; }
}
