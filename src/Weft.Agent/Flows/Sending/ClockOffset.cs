namespace Weft.Agent.Flows;

/// <summary>
/// By how much the server's clock differs from this node's: of the last samples the one that took the shortest time on its
/// way (RFC 5905 sections 8 and 10).
/// </summary>
/// <remarks>Safe for any number of threads.</remarks>
sealed class ClockOffset
{
    const int Kept = 8;

    readonly Lock _lock = new();
    readonly Queue<ClockSample> _samples = new();

    /// <summary>Null: not known.</summary>
    internal ClockSample? Best
    {
        get
        {
            lock (_lock)
                return _samples.Count == 0 ? null : _samples.MinBy(sample => sample.Delay);
        }
    }

    /// <param name="sent">A message, by the clock here.</param>
    /// <param name="received">By the server's.</param>
    /// <param name="replied">By the server's.</param>
    /// <param name="now">When the reply came, by the clock here.</param>
    internal void Add(DateTimeOffset sent, DateTimeOffset received, DateTimeOffset replied, DateTimeOffset now)
    {
        var delay = now - sent - (replied - received);
        if (delay < TimeSpan.Zero || replied < received)
            return; // a clock was set meanwhile
        lock (_lock)
        {
            _samples.Enqueue(new((received - sent + (replied - now)) / 2, delay));
            if (_samples.Count > Kept)
                _samples.Dequeue();
        }
    }

    /// <summary>The clock here was set: what was measured before says nothing.</summary>
    internal void Forget()
    {
        lock (_lock)
            _samples.Clear();
    }
}

/// <param name="Offset">Add it to this node's time to have the server's.</param>
/// <param name="Delay">Of the way there and back: the offset is wrong by half of it at most.</param>
readonly record struct ClockSample(TimeSpan Offset, TimeSpan Delay);
