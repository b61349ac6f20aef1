using Weft.Analytics.Queries;

namespace Weft.Server.Flows.Asking;

/// <summary>What may be asked, so that no question takes the server from the network.</summary>
public sealed record FlowAskOptions
{
    public FlowQueryLimits Limits { get; init; } = new();

    /// <summary>Then a question is ended.</summary>
    public TimeSpan TimeOut { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Questions at a time, of all who ask.</summary>
    public int MostAtOnce { get; init; } = 8;

    /// <summary>Questions at a time about one project.</summary>
    public int MostOfProject { get; init; } = 4;

    /// <summary>Who follow, at a time.</summary>
    public int MostFollowers { get; init; } = 32;

    /// <summary>That a question may look at, as far as that can be told before.</summary>
    public long MostRecords { get; init; } = 1_000_000_000;

    /// <summary>Between two looks at what has come.</summary>
    public TimeSpan FollowEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Without a record, an empty line says that both sides are still there.</summary>
    public TimeSpan FollowSilence { get; init; } = TimeSpan.FromSeconds(5);
}
