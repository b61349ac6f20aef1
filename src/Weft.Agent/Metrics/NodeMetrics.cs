using Weft.Agent.Attachments;
using Weft.Agent.Runtime;
using Weft.Agent.State;
using Weft.Metrics;

namespace Weft.Agent.Metrics;

/// <summary>How far the agent is, and what ports and rules of its node do.</summary>
sealed class NodeMetrics(
    AgentOptions options, AgentRuntime runtime, PortRegistry registry, Latest<AgentState> state, Latest<AgentStatus> status) : IMetricSource
{
    /// <summary>Rules with series of their own: those that did most.</summary>
    const int MostRules = 500;

    static readonly string[] s_port = ["project", "network", "port"], s_rule = ["kind", "set", "rule"];
    static readonly MetricFamily s_connected = MetricFamily.Gauge("weft_agent_connected", "Whether the server is reached.");
    static readonly MetricFamily s_revision = MetricFamily.Gauge("weft_agent_revision", "Newest revision that the agent knows.");
    static readonly MetricFamily s_applied = MetricFamily.Gauge("weft_agent_applied_revision", "Newest revision whose effects are in the kernel.");
    static readonly MetricFamily s_faults = MetricFamily.Gauge("weft_agent_faults", "What the agent could not do.");
    static readonly MetricFamily s_ports = MetricFamily.Gauge("weft_agent_ports", "Ports of the node.", "state");
    static readonly MetricFamily s_silent = MetricFamily.Gauge("weft_agent_silent_peers", "Nodes that do not answer on the fabric.");
    static readonly MetricFamily s_open = MetricFamily.Gauge("weft_port_connections", "Connections that the port has in the flow table.", s_port);
    static readonly MetricFamily s_refused = MetricFamily.Counter("weft_port_refused_connections_total", "Connections that the port could not open: over its limit.", s_port);
    static readonly MetricFamily s_hits = MetricFamily.Counter(
        "weft_rule_hits_total", "Packets that a rule denied; of a rule that allows: connections that ports of the node opened by it.", s_rule);
    static readonly MetricFamily s_denied = MetricFamily.Counter("weft_rule_denied_bytes_total", "Bytes that a rule denied.", s_rule);

    public static IReadOnlyList<MetricFamily> All { get; } =
        [s_connected, s_revision, s_applied, s_faults, s_ports, s_silent, s_open, s_refused, s_hits, s_denied];

    public IReadOnlyList<MetricFamily> Families => All;

    public ValueTask CollectAsync(MetricWriter writer, CancellationToken cancellation)
    {
        var (agent, told) = (state.Value, status.Value);
        writer.Add(s_connected, agent.Connected ? 1 : 0);
        writer.Add(s_revision, agent.State.Revision);
        writer.Add(s_applied, told.AppliedRevision);
        writer.Add(s_faults, told.Faults.Length);
        writer.Add(s_silent, told.Peers.Silent.Count);
        foreach (var kind in Enum.GetValues<LocalPortState>())
            writer.Add(s_ports, told.Ports.Values.Count(port => port.State == kind), kind.ToString().ToLowerInvariant());
        writer.AddTop(s_hits, told.Rules, rule => rule.Packets, Labels, MostRules);
        writer.AddTop(s_denied, told.Rules.Where(rule => rule.Bytes > 0), rule => rule.Bytes, Labels, MostRules);
        if (runtime.Opened.IsCompletedSuccessfully && options.MetricPorts > 0)
            CollectPorts(writer, agent);
        return ValueTask.CompletedTask;
    }

    void CollectPorts(MetricWriter writer, AgentState agent)
    {
        var usage = runtime.Opened.Result.ReadPortUsage();
        var index = runtime.Records.Index.Local;
        var rows = registry.Locals.Values
            .Where(local => index.ContainsKey(local.Uid))
            .Select(local => (Port: index[local.Uid], Usage: usage.GetValueOrDefault(local.Id)))
            .Select(row => (Labels: new[] { row.Port.Project, agent.State.Networks.GetValueOrDefault(row.Port.Network)?.Name ?? "", row.Port.Name }, row.Usage))
            .ToList();
        writer.AddTop(s_open, rows, row => row.Usage.Flows, row => row.Labels, options.MetricPorts);
        writer.AddTop(s_refused, rows, row => row.Usage.Refused, row => row.Labels, options.MetricPorts);
    }

    static string[] Labels(RuleCount rule) =>
        [rule.IsGroup ? "security-group" : "policy", rule.Set, rule.Rule.ToString(System.Globalization.CultureInfo.InvariantCulture)];
}
