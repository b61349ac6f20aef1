using System.Diagnostics;

namespace Weft.Metrics;

/// <summary>What the process itself takes, by the names that Prometheus' own libraries give.</summary>
public sealed class ProcessMetrics : IMetricSource
{
    static readonly MetricFamily s_cpu = MetricFamily.Counter("process_cpu_seconds_total", "Processor time of the daemon.");
    static readonly MetricFamily s_memory = MetricFamily.Gauge("process_resident_memory_bytes", "Memory of the daemon.");
    static readonly MetricFamily s_start = MetricFamily.Gauge("process_start_time_seconds", "When the daemon was started, since 1970.");

    public IReadOnlyList<MetricFamily> Families { get; } = [s_cpu, s_memory, s_start];

    public ValueTask CollectAsync(MetricWriter writer, CancellationToken cancellation)
    {
        using var process = Process.GetCurrentProcess();
        writer.Add(s_cpu, process.TotalProcessorTime.TotalSeconds);
        writer.Add(s_memory, process.WorkingSet64);
        writer.Add(s_start, new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1e3);
        return ValueTask.CompletedTask;
    }
}
