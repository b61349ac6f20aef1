namespace Weft.Analytics.Queries;

/// <summary>What one question may ask for.</summary>
public sealed record FlowQueryLimits
{
    /// <summary>Of an answer.</summary>
    public int Rows { get; init; } = 100_000;

    /// <summary>Buckets of time between since and until.</summary>
    public int Buckets { get; init; } = 20_000;

    /// <summary>Fields that make groups.</summary>
    public int GroupBy { get; init; } = 16;

    public int Aggregates { get; init; } = 16;

    /// <summary>When no limit is given.</summary>
    public const int DefaultRecords = 1000;

    /// <summary>When no limit is given.</summary>
    public const int DefaultGroups = 10_000;
}
