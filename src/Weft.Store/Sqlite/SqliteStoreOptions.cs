namespace Weft.Store.Sqlite;

public sealed record SqliteStoreOptions
{
    /// <summary>The database file; made with its folder when missing, readable by its owner only.</summary>
    public required string Path { get; init; }

    /// <summary>How many revisions the log of changes keeps at least.</summary>
    public int KeepRevisions { get; init; } = 10_000;
}
