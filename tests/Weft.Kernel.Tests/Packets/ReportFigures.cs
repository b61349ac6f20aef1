using System.Diagnostics;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>What reports cost where they are made. Figures are printed; only gross failure fails.</summary>
public sealed class ReportFigures : IDisposable
{
    const int Connections = 130_000, PerAddress = 65_000;

    // Room for every report of a sweep: it is the sweep that is timed, not its reader.
    readonly TestVrouter _node = NodeOne(flows: 2 * Connections + 1024, reportBytes: 64 << 20);

    public void Dispose() => _node.Dispose();

    [Fact]
    public void A_full_table_is_told_a_million_reports_a_second()
    {
        Fill();
        var reports = _node.Reports();
        var (idle, first, again) = (TimeSpan.MaxValue, TimeSpan.MaxValue, TimeSpan.MaxValue);
        first = Sweep(TimeSpan.FromHours(1), Connections);
        var reading = Read(reports);
        for (var round = 0; round < 8; round++)
        {
            idle = Least(idle, Sweep(TimeSpan.FromHours(1), 0));
            Carry();
            again = Least(again, Sweep(TimeSpan.Zero, Connections));
            reading = Least(reading, Read(reports));
        }

        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{Connections:N0} connections: a sweep with nothing to tell {idle.TotalMilliseconds:N1} ms; all new {first.TotalMilliseconds:N1} ms, "
            + $"{Connections / first.TotalSeconds:N0} reports/s; all grown {again.TotalMilliseconds:N1} ms, {Connections / again.TotalSeconds:N0} reports/s; "
            + $"read {Connections / reading.TotalSeconds:N0} reports/s"));
        Assert.True(Connections / again.TotalSeconds > 50_000);
    }

    /// <summary>As the data path would have made them.</summary>
    void Fill()
    {
        _node.Feed("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, B4).Udp(1, 2).Bytes());
        var (there, back) = (Key(A4, B4, Packet.Udp17, 1, 2), Key(B4, A4, Packet.Udp17, 2, 1));
        Assert.True(_node.Flows.TryGet(there, out var flow) & _node.Flows.TryGet(back, out var mirror));
        for (var i = 1; i < Connections; i++)
        {
            there.SourcePort = back.DestinationPort = (ushort)(1 + (i % PerAddress));
            there.DestinationPort = back.SourcePort = (ushort)(2 + (i / PerAddress));
            _node.Flows.Set(there, flow);
            _node.Flows.Set(back, mirror);
        }
    }

    /// <summary>Each connection has had one packet more.</summary>
    void Carry()
    {
        foreach (var (key, flow) in _node.Flows.ReadAll().Where(f => (f.Value.Flags & (byte)FlowFlags.Reverse) == 0).ToList())
            _node.Flows.Set(key, flow with { Packets = flow.Packets + 1, Bytes = flow.Bytes + 100 });
    }

    TimeSpan Sweep(TimeSpan reportAfter, ulong told)
    {
        var begin = Stopwatch.GetTimestamp();
        var swept = _node.Sweep(reportAfter);
        var taken = Stopwatch.GetElapsedTime(begin);
        Assert.Equal((told, 0ul, 0ul), (swept.Reported, swept.Waiting, swept.Expired));
        return taken;
    }

    static TimeSpan Read(FlowReports reports)
    {
        var (begin, read) = (Stopwatch.GetTimestamp(), 0);
        while (reports.Take(4096) is { Reports.IsEmpty: false } batch)
        {
            read += batch.Reports.Length;
            reports.Commit(batch.Position);
        }
        var taken = Stopwatch.GetElapsedTime(begin);
        Assert.Equal(Connections, read);
        return taken;
    }

    static TimeSpan Least(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
