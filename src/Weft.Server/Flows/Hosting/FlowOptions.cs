using Weft.Analytics.Storage;
using Weft.Analytics.Storage.ClickHouse;
using Weft.Server.Flows.Asking;

namespace Weft.Server.Flows;

/// <summary>Flow records at the server.</summary>
public sealed record FlowOptions
{
    /// <summary>Where they are kept; null: <c>flows</c> in the server's data directory.</summary>
    public string? Folder { get; init; }

    /// <summary>Kept there instead; null: by the server itself, in its folder.</summary>
    public ClickHouseOptions? ClickHouse { get; init; }

    /// <summary>How long and how much is kept.</summary>
    public FlowRetention Retention { get; init; } = FlowRetention.Default;

    /// <summary>Time between two looks at what is to be rolled up and forgotten.</summary>
    public TimeSpan MaintainInterval { get; init; } = TimeSpan.FromSeconds(5);

    public FlowIngestOptions Ingest { get; init; } = new();

    public FlowAskOptions Asking { get; init; } = new();
}
