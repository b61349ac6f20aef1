namespace Weft.Analytics.Storage.DuckDb;

/// <summary>Decides when what is due: roll-ups, new files, files to forget, checkpoints, rest.</summary>
sealed class Housekeeping(DuckDbOptions options, SliceShelf shelf)
{
    /// <summary>A log so long is put in place at once; a shorter one when it is old. What is in it is in memory too.</summary>
    const long LongLog = 24L << 20;

    /// <summary>A slice is at most this part of the age and of the bytes that are kept.</summary>
    const int Parts = 24;

    /// <summary>Of the engine, when nobody needs it.</summary>
    const long RestingBytes = 4L << 20;

    static readonly TimeSpan s_oldLog = TimeSpan.FromMinutes(5);
    static readonly TimeSpan s_late = TimeSpan.FromSeconds(5);
    static readonly TimeSpan s_shortest = TimeSpan.FromHours(1);

    static readonly FlowTable[] s_tables = [FlowTable.Records, FlowTable.Minutes, FlowTable.Hours];

    readonly Dictionary<FlowTable, long> _rolledUp = [];
    DateTimeOffset _settled = DateTimeOffset.MinValue;
    DateTimeOffset _used = DateTimeOffset.MinValue;
    bool _resting;
    volatile bool _wasUsed;

    /// <summary>Someone writes or asks.</summary>
    internal void Used() => _wasUsed = true;

    /// <summary>Roll-ups whose time has come, a little after the minute is over; at first at once.</summary>
    internal IReadOnlyList<FlowTable> Due(DateTimeOffset now) =>
    [
        .. new[] { (FlowTable.Minutes, options.MinutesEvery), (FlowTable.Hours, options.HoursEvery) }
            .Where(entry => IsDue(entry.Item1, entry.Item2, now)).Select(entry => entry.Item1),
    ];

    internal IReadOnlyList<FlowTable> Full(FlowRetention retention, DateTimeOffset now) =>
        [.. s_tables.Where(table => IsFull(table, retention, now))];

    /// <summary>Never the file that is written to. Of too many bytes, roll-ups keep at most half.</summary>
    internal IReadOnlyList<Slice> Outdated(FlowRetention retention, DateTimeOffset now)
    {
        var closed = s_tables.ToDictionary(table => table, table => new Queue<Slice>(shelf.Of(table).SkipLast(1)));
        var bytes = s_tables.ToDictionary(table => table, table => shelf.Of(table).Sum(slice => slice.Bytes));
        var outdated = new List<Slice>();
        foreach (var table in s_tables)
        {
            while (closed[table].TryPeek(out var slice) && IsOld(slice, retention, now))
                Take(table);
        }
        while (retention.Bytes > 0 && bytes.Values.Sum() > retention.Bytes && Largest() is { } table)
            Take(table);
        return outdated;

        void Take(FlowTable table)
        {
            var slice = closed[table].Dequeue();
            bytes[table] -= slice.Bytes;
            outdated.Add(slice);
        }

        FlowTable? Largest()
        {
            FlowTable[] rollUps = bytes[FlowTable.Minutes] > bytes[FlowTable.Hours] ? [FlowTable.Minutes, FlowTable.Hours] : [FlowTable.Hours, FlowTable.Minutes];
            var mostlyRollUps = bytes[FlowTable.Records] < retention.Bytes / 2;
            FlowTable[] order = mostlyRollUps ? [.. rollUps, FlowTable.Records] : [FlowTable.Records, .. rollUps];
            return order.Where(table => closed[table].Count > 0).Select(table => (FlowTable?)table).FirstOrDefault();
        }
    }

    internal void Settle(DuckDbSession session, DateTimeOffset now)
    {
        if (_wasUsed)
            (_wasUsed, _used, _resting) = (false, now, false);
        var all = now - _settled >= s_oldLog;
        foreach (var slice in shelf.All)
        {
            var log = slice.LogBytes;
            if (log > LongLog || (log > 0 && (all || slice != shelf.Current(slice.Table))))
                session.Execute($"CHECKPOINT {slice.Alias}");
        }
        if (all)
            _settled = now;
        if (_resting || now - _used < options.RestAfter)
            return;
        Rest(session);
        _resting = true;
    }

    /// <summary>The engine keeps what it has read as long as its limit allows: a low limit for a moment frees it.</summary>
    void Rest(DuckDbSession session)
    {
        try
        {
            session.Execute($"SET memory_limit = '{DuckDbEngine.Size(RestingBytes)}'");
        }
        catch (FlowStoreException)
        {
            // What is in use cannot be freed; the rest has been.
        }
        session.Execute($"SET memory_limit = '{DuckDbEngine.Size(options.MemoryBytes)}'");
    }

    bool IsDue(FlowTable table, TimeSpan every, DateTimeOffset now)
    {
        if (every <= TimeSpan.Zero)
            return true;
        var slot = (now - s_late).Ticks / every.Ticks;
        if (_rolledUp.TryGetValue(table, out var last) && slot == last)
            return false;
        _rolledUp[table] = slot;
        return true;
    }

    bool IsFull(FlowTable table, FlowRetention retention, DateTimeOffset now)
    {
        var slice = shelf.Current(table);
        if (slice.Rows == 0)
            return false;
        var age = Age(table, retention) / Parts;
        var bytes = retention.Bytes > 0 ? Math.Min(options.SliceBytes, retention.Bytes / Parts) : options.SliceBytes;
        return slice.Bytes >= bytes || now - slice.Created >= (age > s_shortest ? age : s_shortest);
    }

    static bool IsOld(Slice slice, FlowRetention retention, DateTimeOffset now) =>
        slice.Rows == 0 || DateTimeOffset.UnixEpoch.AddMicroseconds(slice.Newest) < now - Age(slice.Table, retention);

    static TimeSpan Age(FlowTable table, FlowRetention retention) => table switch
    {
        FlowTable.Records => retention.Records,
        FlowTable.Minutes => retention.Minutes,
        _ => retention.Hours,
    };
}
