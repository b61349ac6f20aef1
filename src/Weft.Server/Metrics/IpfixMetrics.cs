using Weft.Analytics.Ipfix;
using Weft.Metrics;

namespace Weft.Server.Metrics;

/// <summary>How the export to collectors goes.</summary>
sealed class IpfixMetrics(IpfixExporter exporter) : IMetricSource
{
    static readonly MetricFamily s_connected = MetricFamily.Gauge("weft_ipfix_connected", "Whether records are being sent to the collector; over UDP: nothing says that they are not.", "collector");
    static readonly MetricFamily s_messages = MetricFamily.Counter("weft_ipfix_sent_messages_total", "Messages that were sent.", "collector");
    static readonly MetricFamily s_records = MetricFamily.Counter("weft_ipfix_sent_records_total", "Flow records that were sent.", "collector");
    static readonly MetricFamily s_bytes = MetricFamily.Counter("weft_ipfix_sent_bytes_total", "Bytes of these messages.", "collector");
    static readonly MetricFamily s_lost = MetricFamily.Counter("weft_ipfix_lost_records_total", "Flow records that were not sent: no room while the collector was away, or a connection broke.", "collector");
    static readonly MetricFamily s_trimmed = MetricFamily.Counter("weft_ipfix_trimmed_records_total", "Flow records whose labels or names were cut to fit into a message.", "collector");
    static readonly MetricFamily s_waiting = MetricFamily.Gauge("weft_ipfix_waiting_records", "Flow records that wait for the collector.", "collector");
    static readonly MetricFamily s_failures = MetricFamily.Counter("weft_ipfix_failures_total", "Times that the collector could not be reached, or broke the connection.", "collector");

    public IReadOnlyList<MetricFamily> Families { get; } =
        [s_connected, s_messages, s_records, s_bytes, s_lost, s_trimmed, s_waiting, s_failures];

    public ValueTask CollectAsync(MetricWriter writer, CancellationToken cancellation)
    {
        foreach (var state in exporter.States)
        {
            writer.Add(s_connected, state.Connected ? 1 : 0, state.Collector);
            writer.Add(s_messages, state.Totals.Messages, state.Collector);
            writer.Add(s_records, state.Totals.Records, state.Collector);
            writer.Add(s_bytes, state.Totals.Octets, state.Collector);
            writer.Add(s_lost, state.Totals.NotSentRecords, state.Collector);
            writer.Add(s_trimmed, state.Trimmed, state.Collector);
            writer.Add(s_waiting, state.Waiting, state.Collector);
            writer.Add(s_failures, state.Failures, state.Collector);
        }
        return ValueTask.CompletedTask;
    }
}
