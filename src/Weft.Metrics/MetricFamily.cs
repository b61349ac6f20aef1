namespace Weft.Metrics;

public enum MetricType { Counter, Gauge, Histogram }

/// <summary>Series of one name; there is one for each combination of label values.</summary>
/// <param name="Name">As Prometheus wants it: base units, counters end in <c>_total</c>.</param>
/// <param name="Help">One sentence for people.</param>
/// <param name="Labels">Their values are bounded in number by whoever collects.</param>
public sealed record MetricFamily(string Name, MetricType Type, string Help, params string[] Labels)
{
    public static MetricFamily Counter(string name, string help, params string[] labels) => new(name, MetricType.Counter, help, labels);

    public static MetricFamily Gauge(string name, string help, params string[] labels) => new(name, MetricType.Gauge, help, labels);

    public static MetricFamily Histogram(string name, string help, params string[] labels) => new(name, MetricType.Histogram, help, labels);
}

/// <summary>Something that is asked when metrics are scraped; it keeps nothing for them that it does not have anyway.</summary>
public interface IMetricSource
{
    /// <summary>All that it may tell, whether it has any now or not.</summary>
    IReadOnlyList<MetricFamily> Families { get; }

    ValueTask CollectAsync(MetricWriter writer, CancellationToken cancellation);
}
