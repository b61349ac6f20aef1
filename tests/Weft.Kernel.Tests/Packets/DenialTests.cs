using System.Net;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.RuleWorld;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>What is told of packets that were refused: by sender, aim and rule, bounded, with exact sums.</summary>
public sealed class DenialTests : IDisposable
{
    const ulong Table = 99;
    const int Exact = 256, Lumped = 64;

    readonly TestVrouter _node = One();
    readonly FlowReports _reports;

    public DenialTests()
    {
        _node.AddPolicy(IdA, IdD, Table);
        _node.AddVerdict(VerdictKey.AnyProtocol(Table), VerdictEntry.Deny(DropReason.PolicyDenied, 5, 6));
        _reports = _node.Reports();
    }

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(A4, D4)]
    [InlineData(A6, D6)]
    public void A_denied_sender_is_told_with_the_rule_and_without_its_source_port(string a, string d)
    {
        for (ushort port = 1; port <= 3; port++)
            Denied(A, Packet.Frame(MacA, Gateway).Ip(a, d).Udp(port, 53).Data(10), DropReason.PolicyDenied);

        Assert.Equal(1ul, _node.Sweep().Reported);

        var report = Assert.Single(Taken());
        var bytes = a == A4 ? 38ul : 58ul;
        Assert.Equal(((byte)ReportFlags.Denied, (byte)DropReason.PolicyDenied), (report.Flags, report.DropReason));
        Assert.Equal((5u, 6u, A, Db), (report.Policy, report.Rule, report.Ifindex, report.Vni));
        Assert.Equal(Key(a, d, Packet.Udp17, 0, 53), report.Key);
        Assert.Equal((3ul, 3 * bytes), (report.Opener.Packets, report.Opener.Bytes));
        Assert.Equal((byte)FlowAction.Drop, report.Action);
        Assert.InRange(report.LastNs, report.StartedNs, report.TimeNs);
    }

    [Fact]
    public void Only_what_has_come_since_is_told_and_what_was_quiet_is_forgotten()
    {
        Scan(80, 80);
        _node.Sweep();
        Scan(80, 80);
        Scan(80, 80);
        _node.Sweep();

        Assert.Equal([(1ul, 1ul), (2ul, 3ul)], Taken().Select(r => (r.Opener.Packets, r.Opener.TotalPackets)));
        Assert.Equal(1, _node.Denials.Count());
        Assert.Equal(0ul, _node.Sweep().Reported);
        Assert.Equal(0, _node.Denials.Count());
        Scan(80, 80);
        _node.Sweep();
        Assert.Equal((1ul, 1ul), Assert.Single(Taken()) is var r ? (r.Opener.Packets, r.Opener.TotalPackets) : default);
    }

    [Fact]
    public void A_scan_is_told_in_so_many_ports_and_the_rest_together()
    {
        Scan(1, 3000);
        Scan(1, 3000);
        _node.Sweep();

        var reports = Taken();
        Assert.Equal(Exact + 1, reports.Count);
        Assert.Equal(6000ul, Sum(reports, r => r.Opener.Packets));
        Assert.Equal(6000ul * 40, Sum(reports, r => r.Opener.Bytes));
        var lump = Assert.Single(reports, r => (r.Flags & (byte)ReportFlags.Lumped) != 0);
        Assert.Equal((A4, "::", 0), (lump.Key.Source.ToString(), lump.Key.Destination.ToString(), (int)(ushort)lump.Key.DestinationPort));
        Assert.Equal((5u, 6u), (lump.Policy, lump.Rule));
        Assert.Equal(lump.Opener.Packets, _node.Count(CounterId.ReportsLumped));
        Assert.Equal(0ul, _node.Count(CounterId.ReportsLost));

        Scan(5000, 5000);
        _node.Sweep();
        Assert.Contains(Taken(), r => r.Key.DestinationPort == 5000); // a new share since the sweep
    }

    [Fact]
    public void Senders_without_number_are_told_as_nobody()
    {
        for (var i = 0; i < 1000; i++)
            Denied(A, Packet.Frame(MacA, Gateway).Ip(new IPAddress([172, 16, (byte)(i >> 8), (byte)i]).ToString(), B4).Udp(1, 2),
                DropReason.SpoofedAddress);
        _node.Sweep();

        var reports = Taken();
        Assert.Equal(Exact + Lumped + 1, reports.Count);
        Assert.Equal(1000ul, Sum(reports, r => r.Opener.Packets));
        Assert.Equal(1000ul - Exact - Lumped, Assert.Single(reports, r => r.Key.Source.IsNone).Opener.Packets);
    }

    [Fact]
    public void Another_interface_has_a_share_of_its_own()
    {
        Scan(1, 1000);
        Denied(B, Packet.Frame(MacB, Gateway).Ip(B4, D4).Udp(1, 7), DropReason.PolicyNoRule);
        _node.Sweep();

        var report = Assert.Single(Taken(), r => r.Ifindex == B);
        Assert.Equal((Key(B4, D4, Packet.Udp17, 0, 7), (byte)DropReason.PolicyNoRule), (report.Key, report.DropReason));
    }

    [Fact]
    public void A_full_table_of_denials_counts_what_it_cannot_tell()
    {
        // Four interfaces fill the 1,024 places of the tests' table.
        (uint Ifindex, string Mac, string Address)[] senders = [(A, MacA, A4), (B, MacB, B4), (D, MacD, D4), (Twin, MacTwin, A4)];
        for (var i = 0; i < 500; i++)
            foreach (var (ifindex, mac, address) in senders)
                _node.Run("from_port", ifindex, Packet.Frame(mac, Gateway).Ip(address, $"10.77.{i >> 8}.{i & 255}").Udp(1, 2).Bytes());
        _node.Sweep();

        var reports = Taken();
        Assert.Equal(2000ul, Sum(reports, r => r.Opener.Packets) + _node.Count(CounterId.ReportedPacketsLost));
        Assert.Equal(2000ul * 28, Sum(reports, r => r.Opener.Bytes) + _node.Count(CounterId.ReportedBytesLost));
    }

    public static TheoryData<DropReason, string, string> Reasons => new()
    {
        { DropReason.NoRoute, A4, Nobody4 },
        { DropReason.SpoofedAddress, Nobody4, B4 },
        { DropReason.Multicast, A4, "224.0.0.251" },
        { DropReason.PolicyNoRule, A4, E4 },
    };

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Refusals_without_a_rule_are_told_with_their_reason(DropReason reason, string from, string to)
    {
        Denied(A, Packet.Frame(MacA, Gateway).Ip(from, to).Udp(1, 2), reason);
        _node.Sweep();

        var report = Assert.Single(Taken());
        Assert.Equal((Key(from, to, Packet.Udp17, 0, 2), (byte)reason), (report.Key, report.DropReason));
        Assert.Equal((0u, 0u), (report.Policy, report.Rule));
    }

    [Fact]
    public void A_known_connection_that_is_no_longer_allowed_is_told_as_both()
    {
        _node.AddVerdict(VerdictKey.AnyProtocol(Table), VerdictEntry.Allow(1, 1));
        Assert.Equal(Verdict.Redirect, Run(A, Syn(80)).Verdict);
        _node.AddVerdict(VerdictKey.AnyProtocol(Table), VerdictEntry.Deny(DropReason.PolicyDenied, 7, 8));
        Announce(_node);
        Denied(A, Syn(80), DropReason.PolicyDenied);
        _node.Sweep();

        var reports = Taken();
        Assert.Equal(2, reports.Count);
        Assert.Equal((1ul, 1u, 1u), reports[0] is var flow ? (flow.Opener.Packets, flow.Policy, flow.Rule) : default);
        Assert.Equal((1ul, 7u, 8u), reports[1] is var denied ? (denied.Opener.Packets, denied.Policy, denied.Rule) : default);
    }

    [Fact]
    public void From_the_fabric_denials_are_told_too()
    {
        var inner = Packet.Frame(MacE, MacA).Ip(Nobody4, A4).Udp(5, 6).Bytes();
        Assert.Equal(DropReason.OverlaySpoofed, _node.Run("from_overlay", Fabric, Overlay(null, Vni, inner)).Reason);
        _node.Sweep();

        var report = Assert.Single(Taken());
        Assert.Equal((Key(Nobody4, A4, Packet.Udp17, 0, 6), Fabric, 28ul), (report.Key, report.Ifindex, report.Opener.Bytes));
    }

    [Fact]
    public void Of_ICMP_the_type_is_told()
    {
        Denied(A, Packet.Frame(MacA, Gateway).Ip(A4, D4).Icmp(8, 0, 0x12340001), DropReason.PolicyDenied);
        _node.Sweep();

        var report = Assert.Single(Taken());
        Assert.Equal((Key(A4, D4, 1, 0, 0), 8), (report.Key, report.IcmpType));
    }

    [Fact]
    public void A_full_ring_keeps_denials_until_there_is_room()
    {
        using var node = NodeOne(reportBytes: 4096);
        var reports = node.Reports();
        for (ushort port = 1; port <= 100; port++)
            node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, Nobody4).Udp(1, port).Bytes());
        var packets = 0ul;
        for (var sweep = node.Sweep(); ; sweep = node.Sweep())
        {
            var batch = reports.Take(1000);
            foreach (var report in batch.Reports.Span)
                packets += report.Opener.Packets;
            reports.Commit(batch.Position);
            if (sweep.Waiting == 0)
                break;
        }
        Assert.Equal((100ul, 0ul), (packets, node.Count(CounterId.ReportsLost)));
    }

    [Fact]
    public async Task Packets_that_are_refused_while_their_entries_go_are_told_all_the_same()
    {
        const int Calls = 2000, Each = 10;
        (uint Ifindex, string Mac)[] senders = [(A, MacA), (B, MacB)];
        var sending = senders.Select(sender => Task.Run(() =>
        {
            var frame = Packet.Frame(sender.Mac, Gateway).Ip(Nobody4, C4).Udp(1, 9).Bytes();
            for (var call = 0; call < Calls; call++)
                _node.Repeat("from_port", sender.Ifindex, frame, Each);
        }, TestContext.Current.CancellationToken)).ToArray();
        var told = new List<FlowReport>();
        do
        {
            _node.Sweep();
            told.AddRange(Taken());
        }
        while (!sending.All(task => task.IsCompleted));
        await Task.WhenAll(sending);
        for (var i = 0; i < 2; i++)
        {
            _node.Sweep();
            told.AddRange(Taken());
        }

        Assert.True(told.Count(r => r.Opener.Packets == r.Opener.TotalPackets) > 2, "no entry went while packets came");
        Assert.Equal(2ul * Calls * Each, Sum(told, r => r.Opener.Packets) + _node.Count(CounterId.ReportedPacketsLost));
        Assert.Equal(2ul * Calls * Each * 28, Sum(told, r => r.Opener.Bytes) + _node.Count(CounterId.ReportedBytesLost));
    }

    void Scan(ushort first, ushort last)
    {
        for (var port = (int)first; port <= last; port++)
            _node.Feed("from_port", A, Syn((ushort)port).Bytes());
    }

    static Packet Syn(ushort port) => Packet.Frame(MacA, Gateway).Ip(A4, D4).Tcp(1000, port, TcpFlags.Syn);

    void Denied(uint ifindex, Packet packet, DropReason reason) => Assert.Equal(reason, Run(ifindex, packet).Reason);

    Outcome Run(uint ifindex, Packet packet) => _node.Run("from_port", ifindex, packet.Bytes());

    List<FlowReport> Taken()
    {
        var batch = _reports.Take(2000);
        _reports.Commit(batch.Position);
        return [.. batch.Reports.Span];
    }

    static ulong Sum(List<FlowReport> reports, Func<FlowReport, ulong> of) => reports.Aggregate(0ul, (sum, r) => sum + of(r));
}
