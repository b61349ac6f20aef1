using Weft.Agent.Runtime;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Metrics;

namespace Weft.Agent.Metrics;

/// <summary>What the kernel counts, of the whole node.</summary>
sealed class VrouterMetrics(AgentRuntime runtime) : IMetricSource
{
    static readonly MetricFamily s_dropped = MetricFamily.Counter("weft_vrouter_dropped_packets_total", "Packets that were dropped; docs/how-to/troubleshoot.md explains the reasons.", "reason");
    static readonly MetricFamily s_flows = MetricFamily.Gauge("weft_vrouter_flow_entries", "Entries in the flow table: two of each connection.");
    static readonly MetricFamily s_room = MetricFamily.Gauge("weft_vrouter_flow_entries_max", "Entries that the flow table has room for.");

    static readonly Dictionary<CounterId, MetricFamily> s_counters = Enum.GetValues<CounterId>().ToDictionary(
        id => id, id => MetricFamily.Counter($"weft_vrouter_{Reasons.Kebab(id.ToString()).Replace('-', '_')}_total", About(id)));

    public static IReadOnlyList<MetricFamily> All { get; } = [.. s_counters.Values, s_dropped, s_flows, s_room];

    public IReadOnlyList<MetricFamily> Families => All;

    public ValueTask CollectAsync(MetricWriter writer, CancellationToken cancellation)
    {
        if (!runtime.Opened.IsCompletedSuccessfully)
            return ValueTask.CompletedTask;
        var vrouter = runtime.Opened.Result;
        foreach (var (id, count) in vrouter.ReadCounters())
        {
            if (s_counters.TryGetValue(id, out var family))
                writer.Add(family, count);
        }
        foreach (var group in vrouter.ReadDrops().GroupBy(drop => drop.Reason))
            writer.Add(s_dropped, group.Sum(drop => (double)drop.Packets), Reasons.NameOf(group.Key));
        var (entries, room) = vrouter.CountFlows();
        writer.Add(s_flows, entries);
        writer.Add(s_room, room);
        return ValueTask.CompletedTask;
    }

    static string About(CounterId id) => id switch
    {
        CounterId.FlowsCreated => "Connections that were entered into the flow table.",
        CounterId.FlowsExpired => "Connections that were removed after they ended, or had been quiet for too long.",
        CounterId.FlowsUntracked => "Packets that were decided one by one, because the flow table was full.",
        CounterId.FlowsRedecided => "Connections that were decided again, because rules or routes had changed.",
        CounterId.IcmpErrorsSent => "ICMP errors that were sent.",
        CounterId.IcmpErrorsLimited => "ICMP errors that were not sent: over the limit.",
        CounterId.ArpAnswered => "ARP requests that were answered.",
        CounterId.NdAnswered => "Neighbour solicitations that were answered.",
        CounterId.EchoesAnswered => "Pings of gateways and virtual IPs that were answered.",
        CounterId.EchoBytesAnswered => "Their bytes.",
        CounterId.OverlayPassed => "VXLAN packets that are not ours, and were left to the host.",
        CounterId.EventsLost => "Messages of rules that log, and of traces, that found no room.",
        CounterId.ResetsSent => "TCP connections that a rule rejected.",
        CounterId.ReportsLost => "Reports of flows that found no room and could not wait.",
        CounterId.ReportedPacketsLost => "Packets that lost reports would have told of.",
        CounterId.ReportedBytesLost => "Bytes that lost reports would have told of.",
        CounterId.ReportsLumped => "Denied packets whose destinations were too many to tell apart.",
        CounterId.UntrackedPackets => "Packets that passed without a flow, so without a record.",
        CounterId.UntrackedBytes => "Bytes that passed without a flow, so without a record.",
        _ => $"{id}, as bpf/lib/abi.h explains it.",
    };
}
