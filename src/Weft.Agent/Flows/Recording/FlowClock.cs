namespace Weft.Agent.Flows;

/// <summary>From the kernel's monotonic clock to the cluster's time.</summary>
/// <remarks>
/// The wall clock is corrected by what was measured when that is more than a tenth of a second: less than that the clocks of
/// ordinary hosts differ, and corrections would only shake. What is added stays the same until it is plainly wrong, so that
/// the times of one connection agree from record to record. One thread.
/// </remarks>
sealed class FlowClock(ClockOffset offset, TimeProvider time)
{
    const long MostSlip = 1_000; // microseconds between two looks that are no reason to move
    const long MostDrift = 10_000; // of the correction
    const long LeastCorrection = 100_000;
    const long WasSet = 50_000; // nobody's clock drifts that far between two looks

    long _wall; // microseconds to add to the monotonic clock
    bool _isKnown;

    /// <summary>Microseconds that are added to the node's own wall clock.</summary>
    internal long Correction { get; private set; }

    internal int CorrectionMilliseconds => (int)(Correction / 1_000);

    /// <summary>Compares the clocks; to be called before a batch of times.</summary>
    internal void Look()
    {
        var monotonic = (long)(time.GetTimestamp() * (1e6 / time.TimestampFrequency));
        var wall = time.GetUtcNow().Ticks / TimeSpan.TicksPerMicrosecond - DateTimeOffset.UnixEpoch.Ticks / TimeSpan.TicksPerMicrosecond - monotonic;
        if (_isKnown && Math.Abs(wall - _wall) > WasSet)
            offset.Forget();
        if (!_isKnown || Math.Abs(wall - _wall) > MostSlip)
            _wall = wall;
        _isKnown = true;
        var measured = offset.Best is { } best && best.Offset.Duration() > best.Delay / 2 ? (long)best.Offset.TotalMicroseconds : 0;
        var wanted = Math.Abs(measured) > LeastCorrection ? measured : 0;
        if (offset.Best is not null && (Math.Abs(wanted - Correction) > MostDrift || wanted == 0))
            Correction = wanted;
    }

    /// <summary>Microseconds since 1970.</summary>
    internal long Micros(ulong nanoseconds) => (long)(nanoseconds / 1_000) + _wall + Correction;
}
