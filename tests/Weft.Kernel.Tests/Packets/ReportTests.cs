using Weft.Dataplane;
using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>What reports tell of connections, packet by packet: everything, once.</summary>
public sealed class ReportTests : IDisposable
{
    static readonly TimeSpan s_always = TimeSpan.Zero;

    readonly TestVrouter _node = NodeOne();
    readonly FlowReports _reports;

    public ReportTests() => _reports = _node.Reports();

    public void Dispose() => _node.Dispose();

    static readonly FlowKey s_there = Key(A4, B4, Packet.Tcp6, 1, 80), s_back = Key(B4, A4, Packet.Tcp6, 80, 1);

    [Theory]
    [InlineData(A4, B4, 4)]
    [InlineData(A6, B6, 6)]
    public void A_new_connection_is_reported_by_the_next_sweep_with_both_directions(string a, string b, int family)
    {
        Send(A, a, b, p => p.Udp(1000, 2000).Data(10));
        Send(A, a, b, p => p.Udp(1000, 2000).Data(10));
        Send(B, b, a, p => p.Udp(2000, 1000).Data(100));

        Assert.Equal(1ul, _node.Sweep().Reported);

        var report = Assert.Single(Taken());
        var header = family == 4 ? 28ul : 48ul;
        Assert.Equal((2ul, 2 * (header + 10)), (report.Opener.Packets, report.Opener.Bytes));
        Assert.Equal((1ul, header + 100), (report.Answers.Packets, report.Answers.Bytes));
        Assert.Equal(Key(a, b, Packet.Udp17, 1000, 2000), report.Key);
        Assert.Equal((byte)ReportFlags.Opened, report.Flags);
        Assert.Equal((A, B, Vni, 1u), (report.Ifindex, report.ToIfindex, report.Vni, report.Port));
        Assert.Equal((byte)FlowAction.Local, report.Action);
        Assert.InRange(report.LastNs, report.StartedNs, report.TimeNs);
    }

    [Fact]
    public void What_has_told_everything_is_not_told_again_and_the_rest_is_told_when_it_is_due()
    {
        Send(A, A4, B4, p => p.Udp(1, 2));
        _node.Sweep();
        Assert.Equal(0ul, _node.Sweep(s_always).Reported);

        Send(B, B4, A4, p => p.Udp(2, 1));
        Assert.Equal(0ul, _node.Sweep(TimeSpan.FromMinutes(1)).Reported);
        Assert.Equal(1ul, _node.Sweep(s_always).Reported);

        var reports = Taken();
        Assert.Equal(2, reports.Count);
        Assert.Equal((0, 0ul, 1ul), (reports[1].Flags, reports[1].Opener.Packets, reports[1].Answers.Packets));
        Assert.Equal((1ul, 1ul), (reports[1].Opener.TotalPackets, reports[1].Answers.TotalPackets));
    }

    [Theory]
    [InlineData(true, FlowEnd.Reset)]
    [InlineData(false, FlowEnd.Finished)]
    public void A_short_connection_is_one_report_and_what_comes_after_it_one_more(bool reset, FlowEnd end)
    {
        Handshake();
        if (reset)
        {
            Send(B, B4, A4, p => p.Tcp(80, 1, TcpFlags.Rst));
        }
        else
        {
            Send(A, A4, B4, p => p.Tcp(1, 80, TcpFlags.Fin | TcpFlags.Ack));
            Send(B, B4, A4, p => p.Tcp(80, 1, TcpFlags.Fin | TcpFlags.Ack));
        }
        Assert.Equal(0ul, _node.Sweep().Reported); // not settled yet
        Quiet(2, s_there, s_back);
        Assert.Equal(1ul, _node.Sweep().Reported);
        Assert.Equal(0ul, _node.Sweep(s_always).Reported);
        Assert.Equal(2, _node.Flows.Count());

        Send(A, A4, B4, p => p.Tcp(1, 80, TcpFlags.Ack));
        Quiet(31, s_there, s_back);
        Assert.Equal((1ul, 1ul), _node.Sweep() is var s ? (s.Reported, s.Expired) : default);

        var reports = Taken();
        Assert.Equal(2, reports.Count);
        Assert.Equal((byte)(ReportFlags.Opened | ReportFlags.Closed), reports[0].Flags);
        Assert.Equal(((byte)end, reset ? 2ul : 3ul, 2ul), (reports[0].End, reports[0].Opener.Packets, reports[0].Answers.Packets));
        Assert.Equal((0, 1ul, 0ul), (reports[1].Flags, reports[1].Opener.Packets, reports[1].Answers.Packets));
        Assert.Equal(reports[0].End, reports[1].End);
    }

    [Fact]
    public void The_handshake_is_timed_both_ways()
    {
        Send(A, A4, B4, p => p.Tcp(1, 80, TcpFlags.Syn));
        var wait = System.Diagnostics.Stopwatch.StartNew();
        SpinWait.SpinUntil(() => wait.ElapsedMilliseconds >= 20);
        Send(B, B4, A4, p => p.Tcp(80, 1, TcpFlags.Syn | TcpFlags.Ack));
        SpinWait.SpinUntil(() => wait.ElapsedMilliseconds >= 30);
        Send(A, A4, B4, p => p.Tcp(1, 80, TcpFlags.Ack));
        var longest = (uint)(wait.Elapsed.TotalMicroseconds + 1_000_000);
        Send(A, A4, B4, p => p.Tcp(1, 80, TcpFlags.Ack | TcpFlags.Psh));

        _node.Sweep();

        var report = Assert.Single(Taken());
        Assert.InRange(report.Answers.HandshakeUs, 15_000u, report.Opener.HandshakeUs - 8_000);
        Assert.InRange(report.Opener.HandshakeUs, 28_000u, longest);
        Assert.Equal((byte)(TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Psh), report.Opener.TcpFlags);
        Assert.Equal((byte)(TcpFlags.Syn | TcpFlags.Ack), report.Answers.TcpFlags);
    }

    [Fact]
    public void A_new_connection_on_the_same_ports_tells_of_the_one_that_it_replaces()
    {
        Handshake();
        Send(A, A4, B4, p => p.Tcp(1, 80, TcpFlags.Rst));

        Send(A, A4, B4, p => p.Tcp(1, 80, TcpFlags.Syn));

        var replaced = Assert.Single(Taken());
        Assert.Equal(((byte)FlowEnd.Replaced, (byte)(ReportFlags.Opened | ReportFlags.Closed)), (replaced.End, replaced.Flags));
        Assert.Equal((3ul, 1ul), (replaced.Opener.Packets, replaced.Answers.Packets));
        _node.Sweep();
        var begun = Assert.Single(Taken());
        Assert.Equal((1ul, 0ul, (byte)ReportFlags.Opened), (begun.Opener.Packets, begun.Answers.Packets, begun.Flags));
        Assert.True(begun.StartedNs > replaced.StartedNs);
    }

    [Fact]
    public void One_that_its_other_side_begins_anew_is_told_by_its_own_opener()
    {
        Handshake();
        Send(B, B4, A4, p => p.Tcp(80, 1, TcpFlags.Rst));

        Send(B, B4, A4, p => p.Tcp(80, 1, TcpFlags.Syn));

        var replaced = Assert.Single(Taken());
        Assert.Equal((s_there, 2ul, 2ul), (replaced.Key, replaced.Opener.Packets, replaced.Answers.Packets));
        _node.Sweep();
        Assert.Equal((s_back, 1ul), Assert.Single(Taken()) is var begun ? (begun.Key, begun.Opener.Packets) : default);
    }

    [Fact]
    public void What_is_decided_again_goes_on_where_it_was()
    {
        Handshake();
        _node.Sweep();
        var before = Assert.Single(Taken());

        _node.RaiseGenerations(Vni);
        Send(B, B4, A4, p => p.Tcp(80, 1, TcpFlags.Ack));
        Send(A, A4, B4, p => p.Tcp(1, 80, TcpFlags.Ack));
        _node.Sweep(s_always);

        var after = Assert.Single(Taken());
        Assert.Equal((before.StartedNs, before.Opener.HandshakeUs), (after.StartedNs, after.Opener.HandshakeUs));
        Assert.Equal((0, 1ul, 1ul), (after.Flags, after.Opener.Packets, after.Answers.Packets));
        Assert.Equal((3ul, 2ul), (after.Opener.TotalPackets, after.Answers.TotalPackets));
    }

    [Fact]
    public async Task Packets_that_pass_while_their_flow_is_decided_again_are_told_all_the_same()
    {
        const int Calls = 200, Each = 200;
        // A repeated frame has what the first run made of it: both ports take the gateway's MAC for their own.
        _node.AddPort(A, id: 1, Vni, Gateway, [A4]);
        _node.AddPort(B, id: 2, Vni, Gateway, [B4]);
        Send(A, A4, B4, p => p.Udp(1, 2).Data(10), Gateway);
        Send(B, B4, A4, p => p.Udp(2, 1).Data(10), Gateway);
        (uint Ifindex, byte[] Frame)[] senders =
        [
            (A, Packet.Frame(Gateway, Gateway).Ip(A4, B4).Udp(1, 2).Data(10).Bytes()),
            (B, Packet.Frame(Gateway, Gateway).Ip(B4, A4).Udp(2, 1).Data(10).Bytes()),
        ];
        var sending = senders.Select(sender => Task.Run(() =>
        {
            for (var call = 0; call < Calls; call++)
                _node.Repeat("from_port", sender.Ifindex, sender.Frame, Each);
        }, TestContext.Current.CancellationToken)).ToArray();
        var told = new List<FlowReport>();
        do
        {
            _node.RaiseGenerations(Vni);
            _node.Sweep(s_always);
            Take(_reports, told);
        }
        while (!sending.All(task => task.IsCompleted));
        await Task.WhenAll(sending);
        _node.Sweep(s_always);
        Take(_reports, told);

        Assert.True(_node.Count(CounterId.FlowsRedecided) > 100, "nothing was decided again");
        const ulong packets = 1 + (Calls * Each);
        Assert.Equal((packets, packets), told.Aggregate((0ul, 0ul), (sum, r) => (sum.Item1 + r.Opener.Packets, sum.Item2 + r.Answers.Packets)));
        Assert.Equal(packets * 2 * 38, told.Aggregate(0ul, (sum, r) => sum + r.Opener.Bytes + r.Answers.Bytes));
    }

    [Fact]
    public void A_quiet_connection_is_told_when_it_goes()
    {
        Send(A, A4, B4, p => p.Icmp(8).Data(20));
        _node.Sweep();
        Quiet(51, [.. _node.Flows.ReadAll().Select(f => f.Key)]);

        Assert.Equal((1ul, 1ul), _node.Sweep() is var s ? (s.Reported, s.Expired) : default);

        var reports = Taken();
        Assert.Equal((8, (byte)ReportFlags.Opened), (reports[0].IcmpType, reports[0].Flags));
        Assert.Equal(((byte)FlowEnd.Quiet, (byte)ReportFlags.Closed, 0ul), (reports[1].End, reports[1].Flags, reports[1].Opener.Packets));
    }

    [Fact]
    public void Questions_to_the_agents_services_are_reported_as_they_were_asked()
    {
        AddService(_node, Packet.Udp17, 4, 53);
        Send(A, A4, Gateway4, p => p.Udp(1, 53).Data(30));

        _node.Sweep();

        var report = Assert.Single(Taken());
        Assert.Equal((Key(A4, Gateway4, Packet.Udp17, 1, 53), (byte)FlowAction.Service), (report.Key, report.Action));
        Assert.NotEqual(0, report.FlowFlags & (byte)FlowFlags.Rewrite);
    }

    [Fact]
    public void A_full_ring_keeps_what_can_wait_in_the_table()
    {
        using var node = NodeOne(flows: 1024, reportBytes: 4096);
        var reports = node.Reports();
        for (ushort port = 1; port <= 100; port++)
            node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, B4).Udp(port, 2).Data(port).Bytes());
        var told = new List<FlowReport>();
        while (node.Sweep() is var sweep)
        {
            Assert.InRange(sweep.Reported, 1ul, 17ul);
            Take(reports, told);
            if (sweep.Waiting == 0)
                break;
        }

        Assert.Equal(Enumerable.Range(1, 100), told.Select(r => (int)(ushort)r.Key.SourcePort).Order());
        Assert.Equal((0ul, 0ul), (node.Count(CounterId.ReportsLost), node.Count(CounterId.ReportedPacketsLost)));
    }

    [Fact]
    public void What_has_ended_waits_for_room_unless_the_table_is_crowded_and_then_it_is_counted()
    {
        using var node = NodeOne(flows: 1024, reportBytes: 4096);
        var reports = node.Reports();
        for (ushort port = 1; port <= 50; port++)
            node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, B4).Udp(port, 2).Data(100).Bytes());
        foreach (var key in node.Flows.ReadAll().Select(f => f.Key).ToList())
            node.Age(key, TimeSpan.FromSeconds(61));

        var first = node.Sweep();
        Assert.Equal((50ul, first.Reported), (first.Reported + first.Waiting, first.Expired));
        Assert.Equal(2 * (int)first.Waiting, node.Flows.Count());

        Assert.Equal((0ul, first.Waiting), node.Sweep(crowded: true) is var s ? (s.Waiting, s.Expired) : default);
        Assert.Equal(0, node.Flows.Count());
        Assert.Equal((first.Waiting, first.Waiting, first.Waiting * 128),
            (node.Count(CounterId.ReportsLost), node.Count(CounterId.ReportedPacketsLost), node.Count(CounterId.ReportedBytesLost)));
        Assert.Equal((int)first.Reported, Take(reports, []).Count);
    }

    [Fact]
    public void What_the_data_path_cannot_tell_it_counts()
    {
        using var node = NodeOne(flows: 1024, reportBytes: 4096);
        for (ushort port = 1; port <= 40; port++)
            foreach (var flags in (TcpFlags[])[TcpFlags.Syn, TcpFlags.Rst, TcpFlags.Syn])
                node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, B4).Tcp(port, 80, flags).Bytes());

        var told = Take(node.Reports(), []);

        Assert.InRange(told.Count, 1, 39);
        Assert.Equal(40ul, (ulong)told.Count + node.Count(CounterId.ReportsLost));
        Assert.Equal(80ul, told.Aggregate(0ul, (sum, r) => sum + r.Opener.Packets) + node.Count(CounterId.ReportedPacketsLost));
        Assert.Equal(80ul * 40, told.Aggregate(0ul, (sum, r) => sum + r.Opener.Bytes) + node.Count(CounterId.ReportedBytesLost));
    }

    [Fact]
    public void A_half_whose_opener_is_lost_counts_what_it_cannot_tell()
    {
        Handshake();
        _node.Flows.Remove(s_there);
        Quiet(101, s_back);

        Assert.Equal(1ul, _node.Sweep().Orphans);

        Assert.Equal((1ul, 1ul), (_node.Count(CounterId.ReportsLost), _node.Count(CounterId.ReportedPacketsLost)));
        Assert.Empty(Taken());
    }

    [Fact]
    public void What_passes_a_full_table_is_counted()
    {
        using var node = NodeOne(flows: 4);
        for (ushort port = 1; port <= 5; port++)
            node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, B4).Udp(port, 1).Data(2).Bytes());

        Assert.Equal((3ul, 3ul * 30), (node.Count(CounterId.UntrackedPackets), node.Count(CounterId.UntrackedBytes)));
    }

    [Fact]
    public void A_flow_that_moves_into_another_network_takes_its_answers_along()
    {
        Handshake();
        // The receiver is in a joined network from now on: answers have another key.
        _node.AddPort(B, id: 2, OtherVni, MacB, []);
        _node.RemoveRoute(Vni, B4);
        _node.AddRoute(Vni, B4, new() { Action = FlowAction.Network, Vni = OtherVni });
        _node.AddRoute(OtherVni, B4, new() { Action = FlowAction.Local, Vni = OtherVni, Ifindex = B });
        _node.AddPolicy(0, 0, RuleWorld.Open);
        _node.AddVerdict(VerdictKey.AnyProtocol(RuleWorld.Open), VerdictEntry.Allow(1, 1));
        _node.RaiseGenerations(Vni, OtherVni);

        Send(A, A4, B4, p => p.Tcp(1, 80, TcpFlags.Ack));

        Assert.Equal(2, _node.Flows.Count());
        _node.Sweep();
        var report = Assert.Single(Taken());
        Assert.Equal((3ul, 1ul, OtherVni), (report.Opener.Packets, report.Answers.Packets, report.Vni));
        Assert.Equal(0ul, _node.Count(CounterId.ReportsLost));
    }

    [Fact]
    public void Switched_off_nothing_is_told_or_counted()
    {
        using var node = NodeOne(config: TestVrouter.Defaults with { Reports = 0 });
        node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, B4).Udp(1, 2).Bytes());
        node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, Nobody4).Udp(1, 2).Bytes());

        Assert.Equal((0ul, 0ul), node.Sweep(s_always) is var s ? (s.Reported, s.Waiting) : default);
        Assert.Empty(Take(node.Reports(), []));
        Assert.Empty(node.Denials.ReadAll());
    }

    void Handshake()
    {
        Send(A, A4, B4, p => p.Tcp(1, 80, TcpFlags.Syn));
        Send(B, B4, A4, p => p.Tcp(80, 1, TcpFlags.Syn | TcpFlags.Ack));
        Send(A, A4, B4, p => p.Tcp(1, 80, TcpFlags.Ack));
    }

    void Send(uint ifindex, string from, string to, Func<Packet, Packet> packet, string? mac = null) => Assert.Equal(
        Verdict.Redirect,
        _node.Run("from_port", ifindex, packet(Packet.Frame(mac ?? (ifindex == A ? MacA : MacB), Gateway).Ip(from, to)).Bytes()).Verdict);

    void Quiet(int seconds, params FlowKey[] keys)
    {
        foreach (var key in keys)
            _node.Age(key, TimeSpan.FromSeconds(seconds));
    }

    List<FlowReport> Taken() => Take(_reports, []);

    static List<FlowReport> Take(FlowReports reports, List<FlowReport> into)
    {
        var batch = reports.Take(2000);
        into.AddRange(batch.Reports.Span);
        reports.Commit(batch.Position);
        return into;
    }
}
