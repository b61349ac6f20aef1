namespace Weft.Analytics.Storage.DuckDb;

/// <summary>Where the records are, and what the engine may use.</summary>
/// <param name="Folder">Made when it is not there; for the server's user alone.</param>
public sealed record DuckDbOptions(string Folder)
{
    /// <summary>Of the engine, while it works; when it rests it gives nearly all of it back.</summary>
    public long MemoryBytes { get; init; } = 512L << 20;

    public int Threads { get; init; } = Math.Min(Environment.ProcessorCount, 8);

    /// <summary>Of what queries put on disk when their memory is not enough; beside the records.</summary>
    public long TemporaryBytes { get; init; } = 4L << 30;

    /// <summary>A file this large is closed and a new one begun: what is forgotten, is forgotten by the file.</summary>
    public long SliceBytes { get; init; } = 1L << 30;

    /// <summary>Of a roll-up, how many records at a time: bounds its memory, and how long a failure throws back.</summary>
    public long RollUpRecords { get; init; } = 2_000_000;

    /// <summary>Records are added up once in so long, so that one minute of one key becomes few rows. Zero: whenever asked.</summary>
    public TimeSpan MinutesEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The same for hours, which are made of minutes; until then queries read those.</summary>
    public TimeSpan HoursEvery { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The engine gives its memory back when nothing was asked or written for this long.</summary>
    public TimeSpan RestAfter { get; init; } = TimeSpan.FromSeconds(30);
}
