using Weft.Metrics;
using Weft.Model.Resources;
using Weft.Server.Commits;
using Weft.Server.Status;

namespace Weft.Server.Metrics;

/// <summary>What went through load balancers, on all nodes together.</summary>
sealed class BalancerMetrics(Cluster cluster, StatusBoard board) : IMetricSource
{
    /// <summary>Series of each name; of those beyond, their sum.</summary>
    const int Most = 500;

    static readonly string[] s_labels = ["project", "load_balancer", "listener"];
    static readonly MetricFamily s_open = MetricFamily.Gauge("weft_listener_connections", "Connections that are open.", s_labels);
    static readonly MetricFamily s_opened = MetricFamily.Counter("weft_listener_opened_connections_total", "Connections that were opened.", s_labels);
    static readonly MetricFamily s_refused = MetricFamily.Counter("weft_listener_refused_connections_total", "Connections that no member took.", s_labels);
    static readonly MetricFamily s_in = MetricFamily.Counter("weft_listener_received_bytes_total", "Bytes from clients.", s_labels);
    static readonly MetricFamily s_out = MetricFamily.Counter("weft_listener_sent_bytes_total", "Bytes to clients.", s_labels);
    static readonly MetricFamily s_members = MetricFamily.Gauge(
        "weft_load_balancer_members", "Members by what health monitors found.", "project", "load_balancer", "health");

    public IReadOnlyList<MetricFamily> Families { get; } = [s_open, s_opened, s_refused, s_in, s_out, s_members];

    public ValueTask CollectAsync(MetricWriter writer, CancellationToken cancellation)
    {
        var balancers = cluster.Current.All<LoadBalancer>().ToList();
        var rows = balancers
            .SelectMany(balancer => board.Balancing.SumsOf(balancer.Uid).Listeners
                .Select(listener => (Labels: new[] { balancer.Project ?? "", balancer.Name, listener.Key }, Count: listener.Value)))
            .ToList();
        writer.AddTop(s_open, rows, row => row.Count.Connections, row => row.Labels, Most);
        writer.AddTop(s_opened, rows, row => row.Count.Total, row => row.Labels, Most);
        writer.AddTop(s_refused, rows, row => row.Count.Refused, row => row.Labels, Most);
        writer.AddTop(s_in, rows, row => row.Count.BytesIn, row => row.Labels, Most);
        writer.AddTop(s_out, rows, row => row.Count.BytesOut, row => row.Labels, Most);
        var health = balancers.SelectMany(balancer => board.Balancing.HealthOf(balancer.Uid)
            .CountBy(found => found.Healthy ? "healthy" : "unhealthy")
            .Select(pair => (Labels: new[] { balancer.Project ?? "", balancer.Name, pair.Key }, Count: pair.Value)));
        writer.AddTop(s_members, health, row => row.Count, row => row.Labels, Most);
        return ValueTask.CompletedTask;
    }
}
