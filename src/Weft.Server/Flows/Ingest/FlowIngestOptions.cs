namespace Weft.Server.Flows;

/// <summary>How batches of flow records are gathered before they are stored.</summary>
public sealed record FlowIngestOptions
{
    /// <summary>Of batches that wait for the store; nodes wait with more than that.</summary>
    public long MostBytes { get; init; } = 96L << 20;

    /// <summary>The first of them waits no longer for others.</summary>
    public TimeSpan Gather { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>So many are stored at once, however short the first has waited.</summary>
    public int MostRows { get; init; } = 200_000;

    /// <summary>Of one message of a node.</summary>
    public int MostMessageBytes { get; init; } = 32 << 20;

    /// <summary>After the store has failed; doubles from there to <see cref="LongestWait"/>.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(10);
}
