namespace Weft.Agent.Flows;

/// <summary>How batches go to the server.</summary>
sealed record FlowSenderOptions
{
    /// <summary>Batches sent before the first of them is acknowledged.</summary>
    internal int BatchesAhead { get; init; } = 64;

    /// <summary>Bytes of them.</summary>
    internal long BytesAhead { get; init; } = 32 << 20;

    /// <summary>A message without records, when there have been none for so long: for losses and clocks.</summary>
    internal TimeSpan LifeSign { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After the first failure; doubles from there to <see cref="LongestWait"/>.</summary>
    internal TimeSpan FirstWait { get; init; } = TimeSpan.FromMilliseconds(200);

    internal TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For the server to say why it has ended a stream.</summary>
    internal TimeSpan LastWords { get; init; } = TimeSpan.FromSeconds(1);
}
