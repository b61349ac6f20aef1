using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.RuleWorld;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Who may open what between two networks of one node, and inside a network with guarded ports.</summary>
public sealed class PolicyTests : IDisposable
{
    const ulong Table = 0x0123_4567_89ab_cdef, Sources = 0xfedc_ba98_7654_3210;
    const byte Tcp = Packet.Tcp6, Udp = Packet.Udp17;

    readonly TestVrouter _node = One();

    public void Dispose() => _node.Dispose();

    static readonly Packet s_a = Packet.Frame(MacA, Gateway), s_d = Packet.Frame(MacD, Gateway);
    static readonly Packet s_question = s_a.Ip(A4, D4).Udp(1000, 53).Data(20), s_answer = s_d.Ip(D4, A4).Udp(53, 1000).Data(30);

    static readonly (string What, Func<Packet, Packet> Inside, byte Protocol, ushort Port)[] s_kinds =
    [
        ("UDP", p => p.Udp(1000, 53).Data(9), Udp, 53),
        ("TCP", p => p.Tcp(1000, 80, TcpFlags.Syn), Tcp, 80),
        ("echo", p => p.Echo(77).Data(9), 0, 0),
        ("SCTP", p => p.Data(40), 132, 0x0203), // the bytes count up from zero
        ("GRE", p => p.Data(40), 47, 0),
    ];

    public static MatrixTheoryData<string, bool> Kinds => new([.. s_kinds.Select(k => k.What)], [false, true]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_a_rule_allows_passes_and_nothing_else_does(string what, bool v6)
    {
        var (_, rest, protocol, port) = s_kinds.Single(k => k.What == what);
        if (what == "echo")
            (protocol, port) = v6 ? ((byte)58, (ushort)128) : ((byte)1, (ushort)8);
        var (source, destination) = v6 ? (A6, D6) : (A4, D4);
        var sent = rest(s_a.Ip(source, destination, protocol: protocol)).Bytes();

        Lost(DropReason.PolicyNoRule, A, sent);

        _node.AddVerdict(VerdictKey.OnePort(Table, protocol, (ushort)(port + 1)), VerdictEntry.Allow(2, 1));
        _node.AddVerdict(VerdictKey.AnyPort(Table, (byte)(protocol + 1)), VerdictEntry.Allow(2, 2));
        _node.AddPolicy(IdA, IdD, Table);
        Lost(DropReason.PolicyNoRule, A, sent);

        _node.AddVerdict(VerdictKey.AnyPort(Table, protocol), VerdictEntry.Deny(DropReason.PolicyDenied, 2, 3));
        Lost(DropReason.PolicyDenied, A, sent);
        Assert.Equal(0, _node.Flows.Count());

        _node.AddVerdict(VerdictKey.OnePort(Table, protocol, port), VerdictEntry.Allow(2, 4));
        var passed = Passed(A, sent);
        PacketAssert.Equal(
            rest(Packet.Frame(Gateway, MacD).Ip(source, destination, protocol: protocol)).Bytes(), passed);
        Assert.All(_node.Flows.ReadAll(), f => Assert.Equal((2u, 4u), (f.Value.Policy, f.Value.Rule)));
    }

    [Fact]
    public void Only_what_exists_in_a_joined_network_is_joined()
    {
        Allow(_node, IdA, IdD);

        Lost(DropReason.NoRoute, A, s_a.Ip(A4, "10.3.0.99").Udp(1, 2).Bytes(), Verdict.Redirect);
        Lost(DropReason.NoRoute, A, s_a.Ip(A4, DbGateway4).Echo(1).Bytes(), Verdict.Redirect);
        _node.AddRoute(Db, "10.4.0.0/24", new() { Action = FlowAction.Network, Vni = OtherVni });
        _node.Join(Vni, "10.4.0.0/24", Db);
        Lost(DropReason.NoRoute, A, s_a.Ip(A4, "10.4.0.2").Udp(1, 2).Bytes(), Verdict.Redirect);
    }

    [Fact]
    public void The_same_address_in_a_network_that_is_not_joined_reaches_nothing()
    {
        Allow(_node, IdA, IdD);
        Allow(_node, 0, IdD);

        Lost(DropReason.NoRoute, Twin, Packet.Frame(MacTwin, Gateway).Ip(A4, D4).Udp(1, 2).Bytes(), Verdict.Redirect);

        Passed(A, s_question.Bytes());
        Passed(D, s_answer.Bytes());
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(D4, A4).Udp(53, 1000).Data(30).Bytes(), Passed(D, s_answer.Bytes()));
    }

    [Fact]
    public void The_addresses_of_a_joined_network_cannot_be_had_by_asking()
    {
        Allow(_node, IdD, IdD);
        Allow(_node, IdA, IdD);
        Allow(_node, IdD, IdB);

        Lost(DropReason.SpoofedAddress, A, s_a.Ip(D4, B4).Udp(1, 2).Bytes());
        Lost(DropReason.SpoofedAddress, A, s_a.Ip(E4, D4).Udp(1, 2).Bytes());
        Lost(DropReason.SpoofedAddress, D, s_d.Ip(A4, B4).Udp(1, 2).Bytes());
        // Nor by an entry that another port has made.
        Passed(A, s_question.Bytes());
        Lost(DropReason.SpoofedAddress, B, Packet.Frame(MacB, Gateway).Ip(A4, D4).Udp(1000, 53).Data(20).Bytes());
    }

    [Fact]
    public void One_way_stays_one_way_and_answers_pass()
    {
        Allow(_node, IdA, IdD);
        Lost(DropReason.PolicyNoRule, D, s_answer.Bytes());

        Passed(A, s_question.Bytes());
        Passed(D, s_answer.Bytes());
        Lost(DropReason.PolicyNoRule, D, s_d.Ip(D4, A4).Udp(53, 1001).Bytes());
    }

    [Fact]
    public void A_connection_is_decided_anew_as_its_opener_asked_by_an_answer_too()
    {
        Allow(_node, IdA, IdD);
        Passed(A, s_question.Bytes());

        Announce(_node);
        Passed(D, s_answer.Bytes());
        Announce(_node);
        Passed(A, s_question.Bytes());

        _node.RemovePolicy(IdA, IdD);
        Allow(_node, IdD, IdA); // the other way: not what was asked
        Announce(_node);
        Lost(DropReason.PolicyNoRule, D, s_answer.Bytes());
        Lost(DropReason.PolicyNoRule, A, s_question.Bytes());

        Allow(_node, IdA, IdD);
        Passed(D, s_answer.Bytes()); // without another announcement: a denied one asks every time
        Assert.Equal(2, _node.Flows.Count());
        Assert.True(_node.Flows.TryGet(Key(A4, D4, Udp, 1000, 53), out var there));
        Assert.True(_node.Flows.TryGet(Key(D4, A4, Udp, 53, 1000, Db), out var back));
        Assert.Equal((2ul, 2ul), (there.Packets, back.Packets));
        Assert.Equal((0, (byte)FlowFlags.Reverse), (there.Flags, back.Flags));
    }

    [Fact]
    public void A_change_of_either_network_is_heard_in_both_directions()
    {
        Allow(_node, IdA, IdD);
        Passed(A, s_question.Bytes());
        Passed(D, s_answer.Bytes());
        _node.RemovePolicy(IdA, IdD);

        _node.RaiseGenerations(Db);
        Lost(DropReason.PolicyNoRule, D, s_answer.Bytes());
        Passed(A, s_question.Bytes()); // its own network has not been announced yet
        _node.RaiseGenerations(Vni);
        Lost(DropReason.PolicyNoRule, A, s_question.Bytes());
    }

    [Fact]
    public void A_guarded_port_is_asked_about_inside_its_network()
    {
        using var node = One(guard: AbiConstants.IdentityGuarded);
        const ulong guarded = IdA | AbiConstants.IdentityGuarded;
        byte[] there = s_a.Ip(A4, B4).Udp(1, 2).Bytes(), back = Packet.Frame(MacB, Gateway).Ip(B4, A4).Udp(2, 1).Bytes();

        Assert.Equal(DropReason.GroupDenied, node.Run("from_port", A, there).Reason);
        Assert.Equal(DropReason.GroupDenied, node.Run("from_port", B, back).Reason);

        Allow(node, IdB, guarded);
        Assert.Equal(DropReason.GroupDenied, node.Run("from_port", A, there).Reason);
        Assert.Equal(DropReason.None, node.Run("from_port", B, back).Reason);
        Assert.Equal(DropReason.None, node.Run("from_port", A, there).Reason);
        Assert.Equal(DropReason.None, node.Run(
            "from_port", B, Packet.Frame(MacB, Gateway).Ip(B4, C4).Udp(1, 2).Bytes()).Reason);
    }

    [Fact]
    public void Where_the_source_port_matters_a_second_table_is_asked()
    {
        _node.AddPolicy(IdA, IdD, Table);
        _node.AddVerdict(VerdictKey.OnePort(Table, Udp, 53), VerdictEntry.BySourcePort(Sources));
        _node.AddVerdict(VerdictKey.Ports(Sources, Udp, 1024, 6), VerdictEntry.Allow(1, 2));

        Lost(DropReason.PolicyNoRule, A, s_a.Ip(A4, D4).Udp(1023, 53).Bytes());
        Passed(A, s_a.Ip(A4, D4).Udp(1024, 53).Bytes());
        Passed(A, s_a.Ip(A4, D4).Udp(2047, 53).Bytes());
        Lost(DropReason.PolicyNoRule, A, s_a.Ip(A4, D4).Udp(2048, 53).Bytes());
        Announce(_node);
        Passed(D, s_d.Ip(D4, A4).Udp(53, 1024).Bytes());
        Lost(DropReason.PolicyNoRule, A, s_a.Ip(A4, D4).Udp(1024, 54).Bytes());
    }

    // 80-90 and 1000-65535, cut into prefixes as the compiler does it.
    [Theory]
    [InlineData(79, false)]
    [InlineData(80, true)]
    [InlineData(87, true)]
    [InlineData(88, true)]
    [InlineData(90, true)]
    [InlineData(91, false)]
    [InlineData(32767, false)]
    [InlineData(32768, true)]
    [InlineData(65535, true)]
    public void Ranges_of_ports_end_where_they_end(ushort port, bool passes)
    {
        _node.AddPolicy(IdA, IdD, Table);
        foreach (var (first, bits) in new[] { (80, 13), (88, 15), (90, 16), (32768, 1) })
            _node.AddVerdict(VerdictKey.Ports(Table, Tcp, (ushort)first, bits), VerdictEntry.Allow(1, 1));

        Assert.Equal(passes ? DropReason.None : DropReason.PolicyNoRule,
            _node.Run("from_port", A, s_a.Ip(A4, D4).Tcp(1, port, TcpFlags.Syn).Bytes()).Reason);
    }

    [Theory]
    [InlineData(A4, D4, 1, 8)]
    [InlineData(A6, D6, 58, 128)]
    public void An_echo_that_is_allowed_one_way_is_answered_also_after_a_change(string a, string d, byte protocol, ushort request)
    {
        _node.AddPolicy(IdA, IdD, Table);
        _node.AddVerdict(VerdictKey.OnePort(Table, protocol, request), VerdictEntry.Allow(1, 1));
        _node.AddPolicy(IdD, IdA, Sources);

        Passed(A, s_a.Ip(a, d).Echo(7).Bytes());
        Passed(D, s_d.Ip(d, a).Echo(7, reply: true).Bytes());
        Announce(_node);
        Passed(D, s_d.Ip(d, a).Echo(7, reply: true).Bytes());
        Lost(DropReason.PolicyNoRule, D, s_d.Ip(d, a).Echo(8).Bytes());
        Lost(DropReason.PolicyNoRule, D, s_d.Ip(d, a).Echo(9, reply: true).Bytes());
    }

    [Fact]
    public void TCP_in_the_middle_passes_when_either_side_may_have_opened_it()
    {
        Allow(_node, IdA, IdD);
        var (there, back) = (Key(A4, D4, Tcp, 1, 80), Key(D4, A4, Tcp, 80, 1, Db));

        Lost(DropReason.PolicyNoRule, D, s_d.Ip(D4, A4).Tcp(80, 1, TcpFlags.Syn).Bytes());
        Passed(D, s_d.Ip(D4, A4).Tcp(80, 1, TcpFlags.Ack).Data(5).Bytes());
        Assert.Equal((0, (byte)FlowFlags.Reverse), (Flow(there).Flags, Flow(back).Flags));

        Announce(_node);
        Passed(D, s_d.Ip(D4, A4).Tcp(80, 1, TcpFlags.Ack).Data(5).Bytes());
        Passed(A, s_a.Ip(A4, D4).Tcp(1, 80, TcpFlags.Ack).Bytes());

        _node.RemovePolicy(IdA, IdD);
        Allow(_node, IdD, IdA);
        Announce(_node);
        Lost(DropReason.PolicyNoRule, A, s_a.Ip(A4, D4).Tcp(1, 80, TcpFlags.Ack).Bytes());
    }

    [Fact]
    public void The_answer_to_a_SYN_that_nobody_remembers_is_an_answer()
    {
        Allow(_node, IdA, IdD);
        Allow(_node, IdD, IdA);

        Passed(D, s_d.Ip(D4, A4).Tcp(80, 1, TcpFlags.Syn | TcpFlags.Ack).Bytes());

        Assert.Equal((byte)FlowFlags.Reverse, Flow(Key(D4, A4, Tcp, 80, 1, Db)).Flags);
    }

    [Fact]
    public void A_connection_begun_anew_is_asked_about_by_who_begins_it()
    {
        Allow(_node, IdA, IdD);
        Passed(A, s_a.Ip(A4, D4).Tcp(1, 80, TcpFlags.Syn).Bytes());
        Passed(D, s_d.Ip(D4, A4).Tcp(80, 1, TcpFlags.Rst | TcpFlags.Ack).Bytes());

        Lost(DropReason.PolicyNoRule, D, s_d.Ip(D4, A4).Tcp(80, 1, TcpFlags.Syn).Bytes());
        Passed(A, s_a.Ip(A4, D4).Tcp(1, 80, TcpFlags.Syn).Bytes());
    }

    [Fact]
    public void An_ICMP_error_shares_the_fate_of_the_connection_that_it_is_about()
    {
        Allow(_node, IdA, IdD);
        var arrived = Passed(A, s_question.Bytes());
        var error = s_d.Ip(D4, A4).Icmp(3, 3).Raw(arrived[14..]).Bytes();

        Passed(D, error);
        Announce(_node);
        Passed(D, error);
        Assert.Equal(2, _node.Flows.Count());
        Assert.Equal(2ul, Flow(Key(D4, A4, Udp, 53, 1000, Db)).Packets);

        _node.RemovePolicy(IdA, IdD);
        Announce(_node);
        Lost(DropReason.PolicyNoRule, D, error);
        Lost(DropReason.PolicyNoRule, D, s_d.Ip(D4, A4).Icmp(3, 3).Raw(s_a.Ip(A4, D4).Udp(9, 9).Bytes()[14..]).Bytes());
    }

    [Fact]
    public void Later_fragments_are_decided_by_the_ports_of_the_first()
    {
        _node.AddPolicy(IdA, IdD, Table);
        _node.AddVerdict(VerdictKey.OnePort(Table, Udp, 2000), VerdictEntry.Allow(1, 1));
        var later = s_a.IPv4(A4, D4, id: 9, fragment: 101, protocol: Udp).Data(300).Bytes();

        Lost(DropReason.PolicyNoRule, A, later);
        Passed(A, s_a.IPv4(A4, D4, id: 9, fragment: 0x2000).Udp(1000, 2000).Data(800).Bytes());
        Passed(A, later);
    }

    [Fact]
    public void What_extension_headers_hide_no_rule_allows()
    {
        Allow(_node, IdA, IdD);
        var (seen, hidden) = (s_a.Ip(A6, D6), s_a.Ip(A6, D6));
        for (var i = 0; i < 7; i++)
            (seen, hidden) = (i < 5 ? seen.Extension(60, new byte[8]) : seen, hidden.Extension(60, new byte[8]));

        Passed(A, seen.Tcp(1, 22, TcpFlags.Syn).Bytes());
        Lost(DropReason.PolicyNoRule, A, hidden.Tcp(1, 22, TcpFlags.Syn).Bytes());
    }

    [Fact]
    public void With_a_full_table_every_packet_is_asked_about()
    {
        using var node = One(flows: 2);
        Allow(node, IdA, IdD);
        node.Feed("from_port", A, s_a.Ip(A4, B4).Udp(1, 1).Bytes());

        Assert.Equal(DropReason.None, node.Run("from_port", A, s_a.Ip(A4, D4).Tcp(1, 80, TcpFlags.Syn).Bytes()).Reason);
        Assert.Equal(DropReason.None, node.Run("from_port", D, s_d.Ip(D4, A4).Tcp(80, 1, TcpFlags.Syn | TcpFlags.Ack).Bytes()).Reason);
        Assert.Equal(DropReason.PolicyNoRule, node.Run("from_port", D, s_d.Ip(D4, A4).Tcp(80, 1, TcpFlags.Syn).Bytes()).Reason);
        Assert.Equal(2ul, node.Count(CounterId.FlowsUntracked));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(6u)]
    [InlineData(7u)]
    public void The_epoch_says_which_slot_counts(uint epoch)
    {
        var odd = epoch % 2;
        _node.Map<uint, uint>("weft_epoch").Set(0, epoch);
        _node.AddRoute(Db, D4, new()
        {
            Action = FlowAction.Local, Vni = Db, Ifindex = D, Identity0 = odd == 0 ? IdD : 1, Identity1 = odd == 1 ? IdD : 1,
        });
        _node.Map<PolicyKey, PolicyEntry>("weft_policies").Set(
            PolicyKey.Of(IdA, IdD), new() { Table0 = odd == 0 ? Open : 0, Table1 = odd == 1 ? Open : 0 });

        Passed(A, s_question.Bytes());

        _node.Map<uint, uint>("weft_epoch").Set(0, epoch + 1);
        Announce(_node);
        Lost(DropReason.PolicyNoRule, A, s_question.Bytes());
    }

    byte[] Passed(uint ifindex, byte[] frame)
    {
        var outcome = _node.Run("from_port", ifindex, frame);
        Assert.Equal((Verdict.Redirect, DropReason.None), (outcome.Verdict, outcome.Reason));
        return outcome.Packet;
    }

    void Lost(DropReason reason, uint ifindex, byte[] frame, Verdict verdict = Verdict.Shot)
    {
        var outcome = _node.Run("from_port", ifindex, frame);
        Assert.Equal((verdict, reason), (outcome.Verdict, outcome.Reason));
    }

    FlowEntry Flow(FlowKey key)
    {
        Assert.True(_node.Flows.TryGet(key, out var flow));
        return flow;
    }
}
