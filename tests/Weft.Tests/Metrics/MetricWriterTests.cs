using Weft.Metrics;

namespace Weft.Tests.Metrics;

public sealed class MetricWriterTests
{
    [Fact]
    public void Samples_of_a_family_stand_together_behind_its_help_and_type()
    {
        var writer = new MetricWriter();
        var (drops, up) = (MetricFamily.Counter("weft_drops_total", "Dropped.", "reason"), MetricFamily.Gauge("weft_up", "Up."));
        writer.Add(drops, 3, "no-route");
        writer.Add(up, 1);
        writer.Add(drops, 1.5, "a \"b\" \\ c\nd");
        Assert.Equal(
            """
            # HELP weft_drops_total Dropped.
            # TYPE weft_drops_total counter
            weft_drops_total{reason="no-route"} 3
            weft_drops_total{reason="a \"b\" \\ c\nd"} 1.5
            # HELP weft_up Up.
            # TYPE weft_up gauge
            weft_up 1

            """,
            writer.ToString());
    }

    [Fact]
    public void A_histogram_counts_upwards_to_all_of_them()
    {
        var (writer, histogram) = (new MetricWriter(), new MetricHistogram());
        foreach (var milliseconds in new[] { 1, 3, 3, 700, 60_000 })
            histogram.Observe(TimeSpan.FromMilliseconds(milliseconds));
        writer.Add(MetricFamily.Histogram("weft_time_seconds", "Time."), histogram);
        var lines = writer.ToString().Split('\n');
        Assert.Contains("weft_time_seconds_bucket{le=\"0.001\"} 1", lines);
        Assert.Contains("weft_time_seconds_bucket{le=\"0.005\"} 3", lines);
        Assert.Contains("weft_time_seconds_bucket{le=\"1\"} 4", lines);
        Assert.Contains("weft_time_seconds_bucket{le=\"10\"} 4", lines);
        Assert.Contains("weft_time_seconds_bucket{le=\"+Inf\"} 5", lines);
        Assert.Contains("weft_time_seconds_count 5", lines);
        Assert.Contains("weft_time_seconds_sum 60.707", lines);
    }

    [Fact]
    public void Many_series_become_the_largest_and_the_sum_of_the_others()
    {
        var writer = new MetricWriter();
        var family = MetricFamily.Counter("weft_hits_total", "Hits.", "set", "rule");
        writer.AddTop(family, Enumerable.Range(1, 100), value => value, value => ["set", $"{value}"], most: 2);
        Assert.Equal(
            ["weft_hits_total{set=\"set\",rule=\"100\"} 100", "weft_hits_total{set=\"set\",rule=\"99\"} 99", "weft_hits_total{set=\"other\",rule=\"other\"} 4851"],
            writer.ToString().Split('\n').Where(line => line.StartsWith("weft", StringComparison.Ordinal)));
    }

    [Fact]
    public void Labels_that_a_family_does_not_have_are_a_fault() =>
        Assert.Throws<ArgumentException>(() => new MetricWriter().Add(MetricFamily.Gauge("weft_up", "Up."), 1, "label"));
}
