namespace Weft.Agent.Flows;

/// <summary>How reports become batches.</summary>
sealed record FlowRecorderOptions
{
    /// <summary>Between two looks at the flow table.</summary>
    internal TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Between two looks at how full the vrouter's buffer is; it fills by itself when ports are used again fast.</summary>
    internal TimeSpan Look { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Of one batch.</summary>
    internal int MostRecords { get; init; } = 20_000;

    /// <summary>An agent that has just started waits so long for the node's state, without which nothing has a name.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A batch waits so long for more, when the server is behind anyway.</summary>
    internal TimeSpan LongestAge { get; init; } = TimeSpan.FromSeconds(10);
}
