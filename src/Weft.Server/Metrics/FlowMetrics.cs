using Weft.Analytics.Storage;
using Weft.Metrics;
using Weft.Server.Flows;

namespace Weft.Server.Metrics;

/// <summary>Flow records on their way into the store, and what was lost of them anywhere.</summary>
sealed class FlowMetrics(FlowBoard board, FlowIntake intake, IFlowStore store) : IMetricSource
{
    const int MostNodes = 1000;
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    static readonly MetricFamily s_received = MetricFamily.Counter("weft_flow_records_received_total", "Records that came from the node since the server runs.", "node");
    static readonly MetricFamily s_lost = MetricFamily.Counter(
        "weft_flow_lost_total", "What could not be told of flows, as the node counts it: batches, records, packets or bytes, by where it was lost.", "node", "place", "unit");
    static readonly MetricFamily s_waiting = MetricFamily.Gauge("weft_flow_node_waiting_bytes", "Batches that wait on the node.", "node");
    static readonly MetricFamily s_unreadable = MetricFamily.Counter("weft_flow_unreadable_batches_total", "Batches that no reader could make sense of.");
    static readonly MetricFamily s_stored = MetricFamily.Counter("weft_flow_store_records_total", "Records that were stored since the server runs.");
    static readonly MetricFamily s_queued = MetricFamily.Gauge("weft_flow_store_waiting_bytes", "Batches that wait in the server for the store.");
    static readonly MetricFamily s_refusing = MetricFamily.Gauge("weft_flow_store_refusing", "1 while nothing is stored.");
    static readonly MetricFamily s_appends = MetricFamily.Histogram("weft_flow_store_append_duration_seconds", "Of one append of many batches to the store.");
    static readonly MetricFamily s_rows = MetricFamily.Gauge("weft_flow_store_rows", "Records that the store holds.");
    static readonly MetricFamily s_bytes = MetricFamily.Gauge("weft_flow_store_bytes", "What the store takes on disk.");

    public IReadOnlyList<MetricFamily> Families { get; } =
        [s_received, s_lost, s_waiting, s_unreadable, s_stored, s_queued, s_refusing, s_appends, s_rows, s_bytes];

    public async ValueTask CollectAsync(MetricWriter writer, CancellationToken cancellation)
    {
        foreach (var (name, node) in board.Nodes.OrderBy(pair => pair.Key, StringComparer.Ordinal).Take(MostNodes))
        {
            writer.Add(s_received, node.Records, name);
            writer.Add(s_waiting, node.WaitingBytes, name);
            foreach (var (place, count) in node.Losses)
            {
                if (place.LastIndexOf('.') is > 0 and var dot)
                    writer.Add(s_lost, count, name, place[..dot], place[(dot + 1)..]);
            }
        }
        writer.Add(s_unreadable, board.Unreadable);
        writer.Add(s_stored, intake.StoredRecords);
        writer.Add(s_queued, intake.WaitingBytes);
        writer.Add(s_refusing, intake.Refused.Length > 0 ? 1 : 0);
        writer.Add(s_appends, intake.AppendTimes);
        if (intake.Refused.Length == 0)
            await HoldingsAsync(writer, cancellation);
    }

    /// <summary>A store that is slow or failing keeps nobody from the other series.</summary>
    async Task HoldingsAsync(MetricWriter writer, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_patience);
        try
        {
            var holdings = await store.HoldingsAsync(patience.Token).WaitAsync(patience.Token);
            writer.Add(s_rows, holdings.Rows);
            writer.Add(s_bytes, holdings.Bytes);
        }
        catch (Exception failure) when (failure is FlowStoreException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
        }
    }
}
