using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.RuleWorld;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>What a rule rejects is answered, byte for byte; what a rule counts and logs.</summary>
public sealed class RejectTests : IDisposable
{
    const ulong Table = 99;
    const byte InternetworkControl = 0xc0;
    const ushort DoNotFragment = 0x4000;

    readonly TestVrouter _node = One();

    public RejectTests()
    {
        _node.AddPolicy(IdA, IdD, Table);
        Verdicts(VerdictEntry.Deny(DropReason.PolicyDenied, 5, 6, reject: true));
    }

    public void Dispose() => _node.Dispose();

    static readonly Packet s_a = Packet.Frame(MacA, Gateway), s_back = Packet.Frame(Gateway, MacA);

    // RFC 9293 section 3.10.7.1: no ACK: sequence 0, and acknowledged is all that was sent; ACK: what it expects.
    [Theory]
    [InlineData((byte)2, 7u, 0u, 0, 0u, 8u)]
    [InlineData((byte)2, uint.MaxValue, 0u, 0, 0u, 0u)]
    [InlineData((byte)2, 7u, 0u, 100, 0u, 108u)]
    [InlineData((byte)1, 7u, 0u, 3, 0u, 11u)]
    [InlineData((byte)0, 7u, 0u, 3, 0u, 10u)]
    [InlineData((byte)16, 7u, 0xdeadbeefu, 3, 0xdeadbeefu, null)]
    [InlineData((byte)18, 7u, 9u, 0, 9u, null)]
    public void TCP_gets_a_reset_as_from_whom_it_asked(
        byte flags, uint sequence, uint acknowledged, int data, uint answerSequence, uint? answerAcknowledged)
    {
        foreach (var (a, d) in new[] { (A4, D4), (A6, D6) })
        {
            var sent = s_a.Ip(a, d).Tcp(1000, 80, (TcpFlags)flags, sequence, acknowledged, options: [2, 4, 5, 180]).Data(data).Bytes();

            var outcome = _node.Run("from_port", A, sent);

            Assert.Equal((Verdict.Redirect, DropReason.PolicyDenied), (outcome.Verdict, outcome.Reason));
            var answer = a == A4 ? s_back.IPv4(d, a, fragment: DoNotFragment) : s_back.IPv6(d, a);
            PacketAssert.Equal(
                answer.Tcp(80, 1000, answerAcknowledged is null ? TcpFlags.Rst : TcpFlags.Rst | TcpFlags.Ack,
                    answerSequence, answerAcknowledged ?? 0).Bytes(),
                outcome.Packet);
        }
        Assert.Equal(2ul, _node.Count(CounterId.ResetsSent));
        Assert.Equal(0, _node.Flows.Count());
    }

    [Fact]
    public void The_padding_of_a_short_frame_is_not_data()
    {
        var sent = s_a.Ip(A4, D4).Tcp(1000, 80, TcpFlags.Syn, 7).Bytes();

        var outcome = _node.Run("from_port", A, [.. sent, 0, 0, 0, 0, 0, 0]);

        PacketAssert.Equal(
            s_back.IPv4(D4, A4, fragment: DoNotFragment).Tcp(80, 1000, TcpFlags.Rst | TcpFlags.Ack, 0, 8).Bytes(), outcome.Packet);
    }

    [Fact]
    public void A_train_of_segments_gets_one_reset()
    {
        var train = s_a.Ip(A4, D4).Tcp(1000, 80, TcpFlags.None, 7).Data(3000).Bytes();

        var outcome = _node.Run("from_port", A, train, gsoSize: 1400);

        PacketAssert.Equal(
            s_back.IPv4(D4, A4, fragment: DoNotFragment).Tcp(80, 1000, TcpFlags.Rst | TcpFlags.Ack, 0, 3007).Bytes(),
            outcome.Packet);
        Assert.Equal(3ul, _node.RuleCount(5, 6).Packets);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1400)]
    public void Everything_else_is_told_that_it_is_prohibited(int bytes)
    {
        var v4 = s_a.Ip(A4, D4).Udp(1, 2).Data(bytes).Bytes();
        PacketAssert.Equal(
            s_back.IPv4(Gateway4, A4, InternetworkControl).Icmp(3, 13).Raw(Quote(v4, 576 - 28)).Bytes(), Rejected(v4));

        var v6 = s_a.Ip(A6, D6).Udp(1, 2).Data(bytes).Bytes();
        PacketAssert.Equal(s_back.Ip(Gateway6, A6).Icmp(1, 1).Raw(Quote(v6, 1280 - 48)).Bytes(), Rejected(v6));

        var other = s_a.Ip(A4, D4, protocol: 47).Data(bytes).Bytes();
        PacketAssert.Equal(
            s_back.IPv4(Gateway4, A4, InternetworkControl).Icmp(3, 13).Raw(Quote(other, 576 - 28)).Bytes(), Rejected(other));
        Assert.Equal(3ul, _node.Count(CounterId.IcmpErrorsSent));
    }

    [Fact]
    public void No_reset_answers_a_reset_and_nothing_an_error_or_a_fragment()
    {
        Packet[] silent =
        [
            s_a.Ip(A4, D4).Tcp(1, 2, TcpFlags.Rst),
            s_a.Ip(A6, D6).Tcp(1, 2, TcpFlags.Rst | TcpFlags.Ack),
            s_a.Ip(A4, D4).Icmp(3, 3).Raw(s_a.Ip(D4, A4).Udp(1, 2).Bytes()[14..]),
            s_a.IPv4(A4, D4, id: 1, fragment: 0x2000).Tcp(1, 2, TcpFlags.Syn).Data(12),
            s_a.IPv4(A4, D4, id: 2, fragment: 10, protocol: Packet.Tcp6).Data(30),
        ];
        foreach (var packet in silent)
        {
            var outcome = _node.Run("from_port", A, packet.Bytes());
            Assert.Equal((Verdict.Shot, DropReason.PolicyDenied), (outcome.Verdict, outcome.Reason));
        }
    }

    [Fact]
    public void A_connection_that_is_open_is_reset_when_a_rule_forbids_it()
    {
        Verdicts(VerdictEntry.Allow(5, 7));
        Assert.Equal(DropReason.None, _node.Run("from_port", A, s_a.Ip(A4, D4).Tcp(1, 80, TcpFlags.Syn).Bytes()).Reason);

        Verdicts(VerdictEntry.Deny(DropReason.PolicyDenied, 5, 6, reject: true));
        Announce(_node);
        var answer = Packet.Frame(MacD, Gateway).Ip(D4, A4).Tcp(80, 1, TcpFlags.Syn | TcpFlags.Ack, 5, 2).Bytes();
        var outcome = _node.Run("from_port", D, answer);

        Assert.Equal((Verdict.Redirect, DropReason.PolicyDenied), (outcome.Verdict, outcome.Reason));
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacD).IPv4(A4, D4, fragment: DoNotFragment).Tcp(1, 80, TcpFlags.Rst, 2).Bytes(), outcome.Packet);
    }

    [Fact]
    public void A_rule_counts_packets_that_it_denies_and_connections_that_it_opens()
    {
        var packet = s_a.Ip(A4, D4).Udp(1, 2).Data(100).Bytes();
        Verdicts(VerdictEntry.Deny(DropReason.PolicyDenied, 5, 6));
        for (var i = 0; i < 3; i++)
            _node.Feed("from_port", A, packet);
        Assert.Equal(new Counter { Packets = 3, Bytes = 3 * 128 }, _node.RuleCount(5, 6));

        Verdicts(VerdictEntry.Allow(5, 7));
        for (ushort port = 1; port <= 2; port++)
            for (var i = 0; i < 3; i++)
                _node.Feed("from_port", A, s_a.Ip(A4, D4).Udp(port, 2).Bytes());
        Announce(_node);
        _node.Feed("from_port", A, packet);
        Assert.Equal(new Counter { Packets = 2 }, _node.RuleCount(5, 7));
        Assert.Equal(3ul, _node.RuleCount(5, 6).Packets);
    }

    [Fact]
    public void A_rule_that_logs_tells_what_it_decided()
    {
        var events = _node.Events();
        Verdicts(VerdictEntry.Deny(DropReason.PolicyDenied, 5, 6, log: true));
        _node.Feed("from_port", A, s_a.Ip(A4, D4).Echo(7).Bytes());
        var denied = Assert.Single(events.Poll(TimeSpan.FromSeconds(1)));
        Assert.Equal(
            (A, 5u, 6u, Db, (byte)8, (byte)DropReason.PolicyDenied),
            (denied.Ifindex, denied.Policy, denied.Rule, denied.Vni, denied.IcmpType, denied.DropReason));
        Assert.Equal(Key(A4, D4, Packet.Icmp4, 7, 7), denied.Key);
        Assert.True(denied.TimeNs > 0);

        Verdicts(VerdictEntry.Allow(5, 7, log: true));
        var question = s_a.Ip(A4, D4).Udp(1, 2).Bytes();
        _node.Feed("from_port", A, question);
        _node.Feed("from_port", A, question);
        var opened = Assert.Single(events.Poll(TimeSpan.FromSeconds(1)));
        Assert.Equal((7u, (byte)0), (opened.Rule, opened.DropReason));

        // An answer that is denied is told as the connection that was asked for.
        Verdicts(VerdictEntry.Deny(DropReason.PolicyDenied, 5, 6, log: true));
        Announce(_node);
        _node.Feed("from_port", D, Packet.Frame(MacD, Gateway).Ip(D4, A4).Udp(2, 1).Bytes());
        var answer = Assert.Single(events.Poll(TimeSpan.FromSeconds(1)));
        Assert.Equal((D, Db, Key(A4, D4, Packet.Udp17, 1, 2)), (answer.Ifindex, answer.Vni, answer.Key));
    }

    [Fact]
    public void A_flood_of_events_is_rationed_and_the_rest_is_counted()
    {
        var events = _node.Events();
        Verdicts(VerdictEntry.Deny(DropReason.PolicyDenied, 5, 6, log: true));
        var packet = s_a.Ip(A4, D4).Udp(1, 2).Bytes();
        const int flood = 5000;
        for (var i = 0; i < flood; i++)
            _node.Feed("from_port", A, packet);

        var told = events.Poll(TimeSpan.FromSeconds(1)).Count;
        Assert.Equal((ulong)flood, (ulong)told + _node.Count(CounterId.EventsLost));
        Assert.InRange(told, 1, flood - 1);
        Assert.Equal((ulong)flood, _node.RuleCount(5, 6).Packets);
    }

    byte[] Rejected(byte[] frame)
    {
        var outcome = _node.Run("from_port", A, frame);
        Assert.Equal((Verdict.Redirect, DropReason.PolicyDenied), (outcome.Verdict, outcome.Reason));
        return outcome.Packet;
    }

    void Verdicts(VerdictEntry verdict) => _node.AddVerdict(VerdictKey.AnyProtocol(Table), verdict);

    static byte[] Quote(byte[] frame, int most) => frame[14..Math.Min(frame.Length, 14 + most)];
}
