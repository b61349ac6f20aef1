using Apache.Arrow;
using Weft.Analytics.Storage;
using Weft.Flows;
using Weft.Metrics;

namespace Weft.Server.Metrics;

/// <summary>What networks carried, added up from records as they are stored: each connection once.</summary>
sealed class NetworkMetrics : IMetricSource, IFlowTap
{
    /// <summary>Networks with series of their own: the first ones that are heard of. The others share one.</summary>
    const int Most = 500;

    static readonly string[] s_labels = ["project", "network"];
    static readonly MetricFamily s_opened = MetricFamily.Counter("weft_network_opened_connections_total", "Connections that ports of the network opened.", s_labels);
    static readonly MetricFamily s_denied = MetricFamily.Counter("weft_network_denied_packets_total", "Packets of the network's ports that were denied.", s_labels);
    static readonly MetricFamily s_sent = MetricFamily.Counter("weft_network_sent_bytes_total", "Bytes that the network's ports sent.", s_labels);
    static readonly MetricFamily s_received = MetricFamily.Counter("weft_network_received_bytes_total", "Bytes that the network's ports received.", s_labels);

    readonly Lock _lock = new();
    readonly Dictionary<(string Project, string Network), Tally> _networks = [];
    readonly Tally _others = new();

    public IReadOnlyList<MetricFamily> Families { get; } = [s_opened, s_denied, s_sent, s_received];

    public void Stored(IReadOnlyList<FlowDelivery> deliveries)
    {
        lock (_lock)
        {
            foreach (var delivery in deliveries)
                Add_NeedsLock(delivery.Records);
        }
    }

    public ValueTask CollectAsync(MetricWriter writer, CancellationToken cancellation)
    {
        lock (_lock)
        {
            foreach (var ((project, network), tally) in _networks)
                Write(writer, tally, project, network);
            if (_others.IsUsed)
                Write(writer, _others, "other", "other");
        }
        return ValueTask.CompletedTask;
    }

    void Add_NeedsLock(RecordBatch batch)
    {
        var (source, destination) = (Tallies_NeedsLock(batch, "source"), Tallies_NeedsLock(batch, "destination"));
        ReadOnlySpan<byte> observers = ((UInt8Array)Column(batch, "observer")).Values, verdicts = ((UInt8Array)Column(batch, "verdict")).Values;
        ReadOnlySpan<uint> connections = ((UInt32Array)Column(batch, "connections")).Values;
        ReadOnlySpan<ulong> packets = ((UInt64Array)Column(batch, "packets")).Values;
        ReadOnlySpan<ulong> there = ((UInt64Array)Column(batch, "bytes")).Values, back = ((UInt64Array)Column(batch, "reply.bytes")).Values;
        for (var row = 0; row < batch.Length; row++)
        {
            if (verdicts[row] != 0)
            {
                source(row).Denied += packets[row];
                continue;
            }
            if (observers[row] != 0)
                continue;
            var (from, to) = (source(row), destination(row));
            from.Opened += connections[row];
            (from.Sent, from.Received) = (from.Sent + there[row], from.Received + back[row]);
            (to.Sent, to.Received) = (to.Sent + back[row], to.Received + there[row]);
        }
    }

    /// <summary>By row; looked up once for each pair of texts of the batch.</summary>
    Func<int, Tally> Tallies_NeedsLock(RecordBatch batch, string side)
    {
        var projects = (DictionaryArray)Column(batch, $"{side}.project");
        var networks = (DictionaryArray)Column(batch, $"{side}.network");
        var (projectOf, networkOf) = ((Int32Array)projects.Indices, (Int32Array)networks.Indices);
        var known = new Dictionary<(int, int), Tally>();
        return row =>
        {
            var key = (projectOf.Values[row], networkOf.Values[row]);
            if (!known.TryGetValue(key, out var tally))
                known[key] = tally = Of_NeedsLock(((StringArray)projects.Dictionary).GetString(key.Item1)!, ((StringArray)networks.Dictionary).GetString(key.Item2)!);
            return tally;
        };
    }

    Tally Of_NeedsLock(string project, string network)
    {
        if (_networks.TryGetValue((project, network), out var tally))
            return tally;
        if (_networks.Count >= Most)
            return _others;
        return _networks[(project, network)] = new();
    }

    static void Write(MetricWriter writer, Tally tally, string project, string network)
    {
        writer.Add(s_opened, tally.Opened, project, network);
        writer.Add(s_denied, tally.Denied, project, network);
        writer.Add(s_sent, tally.Sent, project, network);
        writer.Add(s_received, tally.Received, project, network);
    }

    static IArrowArray Column(RecordBatch batch, string field) =>
        batch.Column(FlowSchema.Arrow.GetFieldIndex(FlowSchema.Find(field)!.Column));

    sealed class Tally
    {
        public ulong Opened, Denied, Sent, Received;

        public bool IsUsed => (Opened | Denied | Sent | Received) != 0;
    }
}
