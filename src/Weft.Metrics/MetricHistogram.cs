using System.Diagnostics;

namespace Weft.Metrics;

/// <summary>How long something took. Safe for any number of threads.</summary>
public sealed class MetricHistogram
{
    /// <summary>Seconds: from what a disk takes to what somebody notices.</summary>
    static readonly double[] s_bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    readonly long[] _counts = new long[s_bounds.Length + 1];
    long _microseconds;

    public static IReadOnlyList<double> Bounds => s_bounds;

    public void Observe(TimeSpan time)
    {
        var bucket = Array.BinarySearch(s_bounds, time.TotalSeconds);
        Interlocked.Increment(ref _counts[bucket >= 0 ? bucket : ~bucket]);
        Interlocked.Add(ref _microseconds, (long)time.TotalMicroseconds);
    }

    /// <summary>Since a <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public void ObserveSince(long timestamp) => Observe(Stopwatch.GetElapsedTime(timestamp));

    /// <summary>How many took up to each bound, the last one of all; and their seconds.</summary>
    internal (long[] Cumulative, double Sum) Read()
    {
        var cumulative = new long[_counts.Length];
        var sum = 0L;
        for (var i = 0; i < cumulative.Length; i++)
            cumulative[i] = sum += Interlocked.Read(ref _counts[i]);
        return (cumulative, Interlocked.Read(ref _microseconds) / 1e6);
    }
}
