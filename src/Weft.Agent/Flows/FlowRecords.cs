using System.Collections.Immutable;
using System.Globalization;
using Weft.Dataplane.Abi;
using Weft.Model.Local;

namespace Weft.Agent.Flows;

/// <summary>What recording, sending and the node's status share. Safe for any number of threads.</summary>
public sealed class FlowRecords
{
    /// <summary>So long a loss is a fault of the node.</summary>
    static readonly TimeSpan Recent = TimeSpan.FromMinutes(1);

    readonly AgentOptions _options;
    readonly TimeProvider _time;
    readonly TaskCompletionSource<FlowSpool> _spool = new(TaskCreationOptions.RunContinuationsAsynchronously);
    volatile Func<IReadOnlyDictionary<CounterId, ulong>> _counters = () => new Dictionary<CounterId, ulong>();
    IReadOnlyDictionary<string, ulong>? _before; // losses, as of _since
    long _since;
    long _lostAt;
    string _lost = "";

    internal FlowRecords(AgentOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        Names = new(options.NodeName, time);
        Sending = new() { Losses = Losses };
    }

    /// <summary>What the vrouter's numbers stand for.</summary>
    internal FlowNames Names { get; }

    /// <summary>Of the server's clock.</summary>
    internal ClockOffset Offset { get; } = new();

    internal RecordingBoard Recording { get; } = new();

    internal SendingBoard Sending { get; }

    /// <summary>Once there is one.</summary>
    internal Task<FlowSpool> Spool => _spool.Task;

    FlowSpool? Spooled => _spool.Task.IsCompletedSuccessfully ? _spool.Task.Result : null;

    /// <summary>What the vrouter counts, from now on.</summary>
    internal void Follow(Func<IReadOnlyDictionary<CounterId, ulong>> counters) => _counters = counters;

    /// <exception cref="IOException">The folder cannot be made or read; try again.</exception>
    internal FlowSpool Open()
    {
        if (!_spool.Task.IsCompletedSuccessfully)
            _spool.TrySetResult(FlowSpool.Open(_options.FlowDirectory, _options.FlowSpoolBytes));
        return _spool.Task.Result;
    }

    /// <summary>Totals of what could not be told, by place and unit: <c>vrouter.packets</c>. Those that are zero are left out.</summary>
    internal IReadOnlyDictionary<string, ulong> Losses()
    {
        var losses = new SortedDictionary<string, ulong>(StringComparer.Ordinal);
        var counters = _counters();
        Add("vrouter.records", counters.GetValueOrDefault(CounterId.ReportsLost));
        Add("vrouter.packets", counters.GetValueOrDefault(CounterId.ReportedPacketsLost));
        Add("vrouter.bytes", counters.GetValueOrDefault(CounterId.ReportedBytesLost));
        Add("untracked.packets", counters.GetValueOrDefault(CounterId.UntrackedPackets));
        Add("untracked.bytes", counters.GetValueOrDefault(CounterId.UntrackedBytes));
        foreach (var (place, tally) in Spooled?.Losses.Places ?? ImmutableSortedDictionary<string, FlowTally>.Empty)
        {
            Add($"{place}.batches", tally.Batches);
            Add($"{place}.records", tally.Records);
            Add($"{place}.packets", tally.Packets);
            Add($"{place}.bytes", tally.Bytes);
        }
        return losses;

        void Add(string name, ulong count)
        {
            if (count > 0)
                losses[name] = count;
        }
    }

    /// <summary>What is not as it should be, one line each. Asked every few seconds, by one.</summary>
    internal IEnumerable<string> Faults()
    {
        NoteLosses();
        if (Recording.Fault.Length > 0)
            yield return $"flow records cannot be written to {_options.FlowDirectory}: {Recording.Fault}; the vrouter keeps what it can: make room there";
        if (Sending.Refused.Length > 0)
            yield return $"the server stores no flow records: {Sending.Refused}; this node keeps them";
        if (_lost.Length > 0)
            yield return $"flow records were lost in the last minute: {_lost}";
    }

    internal LocalFlowRecords Status()
    {
        var (batches, bytes) = Spooled?.Waiting ?? default;
        return new()
        {
            Recorded = (long)Recording.Recorded.Records,
            WaitingBatches = batches,
            WaitingBytes = bytes,
            Losses = Losses().ToDictionary(loss => loss.Key, loss => (long)loss.Value),
            Refused = Sending.Refused.Length > 0 ? Sending.Refused : null,
            ClockOffsetMilliseconds = Offset.Best?.Offset.TotalMilliseconds,
        };
    }

    void NoteLosses()
    {
        var (now, losses) = (_time.GetTimestamp(), Losses());
        var grown = _before is null ? [] : losses.Where(loss => loss.Value > _before.GetValueOrDefault(loss.Key))
            .Select(loss => string.Create(CultureInfo.InvariantCulture, $"{loss.Value - _before.GetValueOrDefault(loss.Key)} {loss.Key}")).ToList();
        if (grown.Count > 0)
            (_lost, _lostAt) = (string.Join(", ", grown), now);
        else if (_lost.Length > 0 && _time.GetElapsedTime(_lostAt, now) >= Recent)
            _lost = "";
        if (_before is null || _time.GetElapsedTime(_since, now) >= Recent)
            (_before, _since) = (losses, now);
    }
}
