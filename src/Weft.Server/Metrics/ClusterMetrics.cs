using Weft.Metrics;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;
using Weft.Server.Status;
using Weft.Server.Sync;

namespace Weft.Server.Metrics;

/// <summary>What there is, how fast it changes, and how far nodes are with it.</summary>
sealed class ClusterMetrics(Cluster cluster, StatusBoard board, NodeStateHub? hub) : IMetricSource
{
    /// <summary>Of series by node.</summary>
    const int MostNodes = 1000;

    static readonly MetricFamily s_revision = MetricFamily.Gauge("weft_cluster_revision", "Newest revision of all resources.");
    static readonly MetricFamily s_compiled = MetricFamily.Gauge("weft_cluster_compiled_revision", "Newest revision that nodes are told.");
    static readonly MetricFamily s_resources = MetricFamily.Gauge("weft_cluster_resources", "Resources there are.", "kind");
    static readonly MetricFamily s_commits = MetricFamily.Histogram("weft_cluster_commit_duration_seconds", "From a write's turn to its being safe in the store.");
    static readonly MetricFamily s_ports = MetricFamily.Gauge("weft_cluster_ports", "Ports by what their nodes say of them.", "state");
    static readonly MetricFamily s_connected = MetricFamily.Gauge("weft_node_connected", "Whether the node is there.", "node");
    static readonly MetricFamily s_lag = MetricFamily.Gauge("weft_node_revision_lag", "Revisions that the node's kernel is behind.", "node");
    static readonly MetricFamily s_faults = MetricFamily.Gauge("weft_node_faults", "What the node could not do.", "node");

    public IReadOnlyList<MetricFamily> Families { get; } = [s_revision, s_compiled, s_resources, s_commits, s_ports, s_connected, s_lag, s_faults];

    public ValueTask CollectAsync(MetricWriter writer, CancellationToken cancellation)
    {
        var snapshot = cluster.Current;
        writer.Add(s_revision, snapshot.Revision);
        if (hub is not null)
            writer.Add(s_compiled, hub.Revision);
        foreach (var (kind, count) in snapshot.Resources.Values.CountBy(resource => resource.Kind).OrderBy(pair => pair.Key, StringComparer.Ordinal))
            writer.Add(s_resources, count, kind);
        writer.Add(s_commits, cluster.CommitTimes);
        foreach (var (state, count) in snapshot.All<Port>().CountBy(port => board.PortOf(port.Uid).State).OrderBy(pair => pair.Key, StringComparer.Ordinal))
            writer.Add(s_ports, count, state);
        foreach (var node in snapshot.All<Node>().OrderBy(node => node.Number).Take(MostNodes))
            Collect(writer, node, snapshot);
        return ValueTask.CompletedTask;
    }

    void Collect(MetricWriter writer, Node node, Snapshot snapshot)
    {
        var status = board.NodeOf(node.Name);
        writer.Add(s_connected, status.Connected ? 1 : 0, node.Name);
        writer.Add(s_lag, Math.Max(0, snapshot.Revision - status.AppliedRevision), node.Name);
        writer.Add(s_faults, status.Faults?.Count ?? 0, node.Name);
    }
}
