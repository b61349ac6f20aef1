using System.Text.Json;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using SweepContext = Weft.Dataplane.Abi.Sweep;

namespace Weft.Kernel.Tests.Dataplane;

/// <summary>Packets and bytes of L3, added up.</summary>
readonly record struct Amount(ulong Packets, ulong Bytes)
{
    public static Amount operator +(Amount left, Amount right) => new(left.Packets + right.Packets, left.Bytes + right.Bytes);

    public static Amount operator -(Amount left, Amount right) => new(left.Packets - right.Packets, left.Bytes - right.Bytes);

    /// <summary>As an interface counts: with an Ethernet header for each.</summary>
    internal Amount Framed => new(Packets, Bytes + 14 * Packets);
}

/// <summary>What a vrouter has reported, read and committed as an agent would.</summary>
sealed class ReportLog : IDisposable
{
    readonly Vrouter _vrouter;
    readonly FlowReports _reader;

    internal ReportLog(Vrouter vrouter)
    {
        _vrouter = vrouter;
        _reader = vrouter.OpenReports();
    }

    internal List<FlowReport> Reports { get; } = [];

    internal IEnumerable<FlowReport> Flows => Reports.Where(r => (r.Flags & (byte)ReportFlags.Denied) == 0);

    internal IEnumerable<FlowReport> Denials => Reports.Where(r => (r.Flags & (byte)ReportFlags.Denied) != 0);

    /// <summary>Sweeps once, and takes what there is.</summary>
    internal SweepContext Collect(TimeSpan reportAfter)
    {
        var swept = _vrouter.Sweep(reportAfter);
        while (_reader.Take(512) is { Reports.IsEmpty: false } batch)
        {
            Reports.AddRange(batch.Reports.Span);
            _reader.Commit(batch.Position);
        }
        return swept;
    }

    /// <summary>Until nothing is left to tell: connections that end have settled, and everything carried is told.</summary>
    internal void CollectAll() => Eventually.True(() =>
        Collect(TimeSpan.Zero) is { Reported: 0, Waiting: 0 } && !_vrouter.ReadFlows().Any(IsUntold));

    /// <summary>What came from an interface.</summary>
    internal Amount From(Container container) =>
        Sum(Reports, r => r.Ifindex == container.Ifindex, r => r.Opener)
        + Sum(Flows, r => r.ToIfindex == container.Ifindex, r => r.Answers);

    /// <summary>What was delivered to a container.</summary>
    internal Amount To(Container container) =>
        Sum(Flows, r => r.ToIfindex == container.Ifindex, r => r.Opener)
        + Sum(Flows, r => r.Ifindex == container.Ifindex, r => r.Answers);

    internal static Amount Sum(IEnumerable<FlowReport> reports, Func<FlowReport, bool> which, Func<FlowReport, Carried> of) =>
        reports.Where(which).Select(of).Aggregate(default(Amount), (sum, c) => sum + new Amount(c.Packets, c.Bytes));

    /// <summary>What a container has sent, or received, as its own interface counts.</summary>
    internal static Amount Counted(Container container, string direction)
    {
        using var links = JsonDocument.Parse(
            Command.Run("ip", "-n", container.Namespace.Name, "-s", "-j", "link", "show", "dev", "eth0").Output);
        var stats = links.RootElement[0].GetProperty("stats64").GetProperty(direction);
        return new(stats.GetProperty("packets").GetUInt64(), stats.GetProperty("bytes").GetUInt64());
    }

    public void Dispose() => _reader.Dispose();

    static bool IsUntold(KeyValuePair<FlowKey, FlowEntry> flow) =>
        flow.Value.Packets != flow.Value.ReportedPackets || flow.Value.Bytes != flow.Value.ReportedBytes
        || ((flow.Value.Flags & (byte)(FlowFlags.Closing | FlowFlags.Reverse)) == (byte)FlowFlags.Closing
            && (flow.Value.ReportFlags & (uint)ReportFlags.Closed) == 0);
}
