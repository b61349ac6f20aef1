using Microsoft.Extensions.Logging;
using Weft.Flows;

namespace Weft.Agent.Flows;

/// <summary>From the vrouter's reports to batches on disk.</summary>
/// <remarks>
/// What is taken stays in the kernel until its batch is a file, and is given free then: whoever is killed in between loses
/// nothing, and the position in the newest file keeps the next agent from telling it twice. A disk that takes nothing stops the
/// reading; the kernel keeps what it can. One loop.
/// </remarks>
sealed partial class FlowRecorder(
    IFlowReports reports, FlowNames names, ClockOffset offset, RecordingBoard board, Func<FlowSpool> openSpool, FlowRecorderOptions options,
    TimeProvider time, ILogger logger)
{
    /// <summary>Names are looked up for so many at a time: the runtime waits for the names' lock no longer than that takes.</summary>
    const int Chunk = 512;

    /// <summary>So many batches wait for the server: larger ones cost less.</summary>
    const int Backlog = 8;

    readonly ILogger _logger = logger;
    readonly FlowBatchBuilder _batch = new();
    readonly long _started = time.GetTimestamp();
    readonly FlowClock _clock = new(offset, time);
    FlowNamer? _namer;
    FlowSpool? _spool;
    FlowTally _tally; // of _batch
    ulong _position; // behind what is in _batch
    long _begun; // _batch
    long? _round; // the last
    byte[]? _unwritten; // that the disk did not take

    /// <summary>Until cancelled; what has been taken by then is written.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        _namer = new(names, _clock);
        using var timer = new PeriodicTimer(options.Interval < options.Look ? options.Interval : options.Look, time);
        try
        {
            do
                Look(cancellation);
            while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Guard(Flush);
        }
    }

    /// <summary>A round when it is time for one; in between, room is made when there is little.</summary>
    void Look(CancellationToken cancellation)
    {
        if (_round is not { } last || time.GetElapsedTime(last) + options.Look / 2 >= options.Interval)
        {
            _round = time.GetTimestamp();
            Round(cancellation);
        }
        else if (reports.IsFilling && !IsNameless() && Guard(Begin) && Guard(TakeAll))
        {
            Guard(Flush);
        }
    }

    /// <summary>Everything that there is to tell now.</summary>
    void Round(CancellationToken cancellation)
    {
        var waiting = reports.Sweep();
        if (IsNameless() || !Guard(Begin))
            return;
        while (Guard(TakeAll) && waiting && Guard(Flush) && !cancellation.IsCancellationRequested) // which makes room
            waiting = reports.Sweep();
        if (_batch.Count > 0 && (reports.IsFilling || time.GetElapsedTime(_begun) >= LongestAge()))
            Guard(Flush);
    }

    /// <summary>The kernel keeps what has no name yet.</summary>
    bool IsNameless() => !names.IsReady && time.GetElapsedTime(_started) < options.Patience;

    /// <summary>While few wait, a batch is made in each round.</summary>
    TimeSpan LongestAge() => _spool!.Waiting.Batches < Backlog ? TimeSpan.Zero : options.LongestAge;

    /// <returns>Whether the disk took it.</returns>
    bool Guard(Action step)
    {
        try
        {
            step();
            board.Fault = "";
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (board.Fault.Length == 0)
                LogDisk(failure.Message);
            board.Fault = failure.Message;
            return false;
        }
    }

    /// <summary>Opens the spool, and passes over what an earlier agent has written and not given free.</summary>
    void Begin()
    {
        if (_spool is null)
        {
            var spool = openSpool();
            if (spool.Position is { } position && position.Ring == reports.Ring)
                reports.TrySkipTo(position.Place);
            _spool = spool;
        }
        if (_unwritten is not null)
            Write(_unwritten);
    }

    void TakeAll()
    {
        while (true)
        {
            var taken = reports.Take(Chunk, out var position);
            if (taken.IsEmpty)
                return;
            if (_batch.Count == 0)
                _begun = time.GetTimestamp();
            _clock.Look();
            lock (names.Lock)
            {
                foreach (ref readonly var report in taken.Span)
                    Add(_namer!.Name(report));
            }
            _position = position;
            if (_batch.Count >= options.MostRecords)
                Flush();
        }
    }

    void Add(FlowRecord record)
    {
        _batch.Append(record);
        _tally += new FlowTally(1, record.Forward.Packets + record.Reply.Packets, record.Forward.Bytes + record.Reply.Bytes);
    }

    void Flush()
    {
        if (_unwritten is null)
        {
            if (_batch.Count == 0)
                return;
            using var records = _batch.Build();
            _unwritten = FlowBatch.Write(records);
        }
        Write(_unwritten);
    }

    void Write(byte[] records)
    {
        _spool!.Append(records, _tally, new(reports.Ring, _position), _clock.Correction);
        reports.Commit(_position);
        _spool.Offer();
        board.Recorded += _tally;
        (_unwritten, _tally) = (null, default);
    }

    [LoggerMessage(LogLevel.Error, "Flow records cannot be written: {Reason}; the vrouter keeps what it can, trying again")]
    partial void LogDisk(string reason);
}
