namespace Weft.Model.Local;

/// <summary>How the node's flow records are.</summary>
public sealed record LocalFlowRecords
{
    /// <summary>Records, since the agent runs.</summary>
    public required long Recorded { get; init; }

    /// <summary>On disk, not yet safe with the server.</summary>
    public required int WaitingBatches { get; init; }

    public required long WaitingBytes { get; init; }

    /// <summary>Totals of what could not be told, by place and unit, such as <c>spool.packets</c>.</summary>
    public required IReadOnlyDictionary<string, long> Losses { get; init; }

    /// <summary>Why the server stores nothing now.</summary>
    public string? Refused { get; init; }

    /// <summary>Of the server's clock to this node's; null: not measured yet.</summary>
    public double? ClockOffsetMilliseconds { get; init; }
}
