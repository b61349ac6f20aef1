using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>A virtual IP on the client's own node: who gets a connection, who is counted, and who is refused.</summary>
/// <remarks>Client a, members b and twelve more of the same node and network.</remarks>
public sealed class BalanceTests : IDisposable
{
    const string Virtual4 = "10.0.0.50", Virtual6 = "fd00::50";
    const uint Listener = 5, Pool = 6, First = 101;
    const int Members = 12;

    readonly TestVrouter _node = NodeOne();

    public BalanceTests()
    {
        _node.AddBalancer(Vni, Virtual4);
        _node.AddBalancer(Vni, Virtual6);
        foreach (var address in (string[])[Virtual4, Virtual6])
            foreach (var protocol in (byte[])[Packet.Tcp6, Packet.Udp17])
                _node.AddListener(Vni, address, protocol, 80, Listener, Pool);
        for (var i = 0; i < Members; i++)
        {
            // All at one interface: what is delivered where shows in the addresses.
            _node.AddRoute(Vni, Member(i), new() { Action = FlowAction.Local, Vni = Vni, Ifindex = B });
            _node.AddBackend(First + (uint)i, Vni, Member(i), 8080);
        }
    }

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(A4, B4, Virtual4)]
    [InlineData(A6, B6, Virtual6)]
    public void A_connection_goes_to_a_member_and_its_answers_come_from_the_virtual_IP(string a, string b, string virtualIp)
    {
        _node.AddBackend(7, Vni, b, 8080);
        _node.AddPool(Pool, Balance.RoundRobin, 0, 7);

        PacketAssert.Equal(
            Packet.Frame(Gateway, MacB).Ip(a, b).Tcp(1000, 8080, TcpFlags.Syn).Bytes(),
            _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(a, virtualIp).Tcp(1000, 80, TcpFlags.Syn).Bytes()).Packet);
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(virtualIp, a).Tcp(80, 1000, TcpFlags.Syn | TcpFlags.Ack).Bytes(),
            _node.Run("from_port", B, Packet.Frame(MacB, Gateway).Ip(b, a).Tcp(8080, 1000, TcpFlags.Syn | TcpFlags.Ack).Bytes()).Packet);

        Assert.Equal(2, _node.Flows.Count());
        Assert.Equal((1ul, 1ul), (_node.ListenerUsage(Listener).Connections, _node.BackendUsage(7).Connections));
    }

    [Fact]
    public void Without_a_port_of_its_own_a_member_serves_at_the_listeners()
    {
        _node.AddBackend(7, Vni, B4, 0);
        _node.AddPool(Pool, Balance.RoundRobin, 0, 7);

        PacketAssert.Equal(
            Packet.Frame(Gateway, MacB).Ip(A4, B4).Udp(1000, 80).Data(3).Bytes(),
            _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, Virtual4).Udp(1000, 80).Data(3).Bytes()).Packet);
    }

    [Fact]
    public void A_member_that_is_its_own_client_sees_the_virtual_IP()
    {
        _node.AddBackend(7, Vni, A4, 8080);
        _node.AddPool(Pool, Balance.RoundRobin, 0, 7);

        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(Virtual4, A4).Tcp(1000, 8080, TcpFlags.Syn).Bytes(),
            _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, Virtual4).Tcp(1000, 80, TcpFlags.Syn).Bytes()).Packet);
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(Virtual4, A4).Tcp(80, 1000, TcpFlags.Syn | TcpFlags.Ack).Bytes(),
            _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, Virtual4).Tcp(8080, 1000, TcpFlags.Syn | TcpFlags.Ack).Bytes()).Packet);
        Assert.Equal(2, _node.Flows.Count());
    }

    [Fact]
    public void The_same_member_asked_directly_from_the_same_port_is_another_connection()
    {
        _node.AddBackend(7, Vni, B4, 8080);
        _node.AddPool(Pool, Balance.RoundRobin, 0, 7);
        Connect(1000);

        var direct = _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, B4).Tcp(1000, 8080, TcpFlags.Syn).Bytes()).Packet;
        var port = (ushort)(direct[34] << 8 | direct[35]);

        Assert.NotEqual(1000, port);
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(B4, A4).Tcp(8080, 1000, TcpFlags.Syn | TcpFlags.Ack).Bytes(),
            _node.Run("from_port", B, Packet.Frame(MacB, Gateway).Ip(B4, A4).Tcp(8080, port, TcpFlags.Syn | TcpFlags.Ack).Bytes()).Packet);
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(Virtual4, A4).Tcp(80, 1000, TcpFlags.Syn | TcpFlags.Ack).Bytes(),
            _node.Run("from_port", B, Packet.Frame(MacB, Gateway).Ip(B4, A4).Tcp(8080, 1000, TcpFlags.Syn | TcpFlags.Ack).Bytes()).Packet);
    }

    [Fact]
    public void Round_robin_walks_the_slots()
    {
        _node.AddPool(Pool, Balance.RoundRobin, 0, First, First + 1, First, First + 2);

        var chosen = Enumerable.Range(0, 8).Select(i => Connect((ushort)(1000 + i))).ToList();

        Assert.Equal([4, 2, 2], Enumerable.Range(0, 3).Select(member => chosen.Count(c => c == member)));
        Assert.Equal(chosen[..4], chosen[4..]);
    }

    [Fact]
    public void Least_connections_fills_the_emptier_and_minds_weights()
    {
        _node.AddBackend(First, Vni, Member(0), 8080, weight: 3);
        _node.AddPool(Pool, Balance.LeastConnections, 0, First, First + 1);

        for (ushort i = 0; i < 200; i++)
            Connect((ushort)(1000 + i));

        Assert.InRange((int)_node.BackendUsage(First).Connections, 147, 153);
        Assert.Equal(200ul, _node.BackendUsage(First).Connections + _node.BackendUsage(First + 1).Connections);
    }

    [Fact]
    public void The_hash_of_a_client_is_its_member_whatever_it_connects_from()
    {
        _node.AddPool(Pool, Balance.SourceHash, 0, [.. Enumerable.Range(0, Members).Select(i => First + (uint)i)]);

        Assert.Single(Enumerable.Range(0, 20).Select(i => Connect((ushort)(1000 + i))).Distinct());
        // Other addresses of the same port are other clients, and spread.
        var clients = Enumerable.Range(1, 60).Select(i => $"10.0.1.{i}").ToList();
        foreach (var client in clients)
            _node.AddRoute(Vni, client, new() { Action = FlowAction.Local, Vni = Vni, Ifindex = A });
        Assert.InRange(clients.Select(client => Connect(1000, client)).Distinct().Count(), 8, Members);
    }

    [Fact]
    public void A_client_keeps_its_member_as_long_as_the_pool_says()
    {
        _node.AddPool(Pool, Balance.RoundRobin, affinityS: 60, First, First + 1, First + 2);
        var first = Connect(1000);
        Assert.All(Enumerable.Range(1, 10), i => Assert.Equal(first, Connect((ushort)(1000 + i))));

        var affinities = _node.Map<AffinityKey, Affinity>("weft_affinities");
        var (key, affinity) = affinities.ReadAll().Single();
        affinities.Set(key, affinity with { LastNs = affinity.LastNs - 61_000_000_000 });
        Assert.NotEqual(first, Connect(2000));
    }

    [Fact]
    public void Affinity_to_a_member_that_is_down_is_forgotten()
    {
        _node.AddPool(Pool, Balance.RoundRobin, affinityS: 60, First, First + 1);
        var first = Connect(1000);
        Down(first);

        Assert.Equal(1 - first, Connect(1001));
        Up(first);
        Assert.Equal(1 - first, Connect(1002));
    }

    [Theory]
    [InlineData(Balance.RoundRobin)]
    [InlineData(Balance.LeastConnections)]
    [InlineData(Balance.SourceHash)]
    public void Members_that_are_down_or_full_are_stepped_over(Balance balance)
    {
        _node.AddPool(Pool, balance, 0, First, First + 1, First + 2);
        Down(0);
        _node.AddBackend(First + 1, Vni, Member(1), 8080, maxConnections: 3);

        var chosen = Enumerable.Range(0, 20).Select(i => Connect((ushort)(1000 + i))).ToList();

        Assert.DoesNotContain(0, chosen);
        Assert.InRange(chosen.Count(c => c == 1), 0, 3);
        Assert.Equal(20ul, _node.BackendUsage(First + 1).Connections + _node.BackendUsage(First + 2).Connections);
    }

    [Fact]
    public void A_gone_members_connections_end_and_others_stay_where_they_are()
    {
        _node.AddPool(Pool, Balance.RoundRobin, 0, First, First + 1);
        var (gone, stays) = Connect(1000) == 0 ? ((ushort)1000, (ushort)1001) : ((ushort)1001, (ushort)1000);
        Connect(1001);

        _node.AddPool(Pool, Balance.RoundRobin, 0, First + 2);
        _node.RemoveBackend(First);
        _node.AddBackend(First + 1, Vni, Member(1), 8080, BackendFlags.Keeps);
        _node.RaiseGenerations(Vni);

        Assert.Equal(DropReason.NoMember, Run(Segment(gone)).Reason);
        Assert.Equal(1, Chosen(Run(Segment(stays))));
        Assert.Equal(2, Connect(1002));
        Assert.Equal(2ul, _node.ListenerUsage(Listener).Connections);
        // What its client sends next is refused, not led to another member.
        Assert.Equal((0ul, 1ul), (_node.BackendUsage(First).Connections, _node.BackendUsage(First + 1).Connections));
    }

    [Fact]
    public void A_draining_member_gets_nothing_new_and_what_may_not_stay_ends()
    {
        _node.AddPool(Pool, Balance.RoundRobin, 0, First);
        Connect(1000);
        _node.AddBackend(First, Vni, Member(0), 8080, BackendFlags.Keeps);
        _node.RaiseGenerations(Vni);
        Assert.Equal(0, Chosen(Run(Segment(1000))));
        Assert.Equal(DropReason.NoMember, Run(Syn(1001)).Reason);

        _node.AddBackend(First, Vni, Member(0), 8080, BackendFlags.None);
        _node.RaiseGenerations(Vni);
        Assert.Equal(DropReason.NoMember, Run(Segment(1000)).Reason);
        Assert.Equal(0, _node.Flows.Count());
    }

    [Fact]
    public void A_listener_that_goes_leaves_its_connections()
    {
        _node.AddPool(Pool, Balance.RoundRobin, 0, First);
        Connect(1000);
        _node.RemoveFrontend(Vni, Virtual4, Packet.Tcp6, 80);
        _node.RaiseGenerations(Vni);

        Assert.Equal(0, Chosen(Run(Segment(1000))));
        Assert.Equal(DropReason.NoListener, Run(Syn(1001)).Reason);

        _node.RemoveRoute(Vni, Virtual4);
        _node.RaiseGenerations(Vni);
        Assert.NotEqual(DropReason.None, Run(Segment(1000)).Reason);
        Assert.Equal(0, _node.Flows.Count());
    }

    [Theory]
    [InlineData("no listener", DropReason.NoListener, 0)]
    [InlineData("no member", DropReason.NoMember, 2)]
    [InlineData("all down", DropReason.NoMember, 2)]
    [InlineData("all full", DropReason.ListenerLimit, 2)]
    [InlineData("listener full", DropReason.ListenerLimit, 2)]
    public void Who_cannot_be_served_is_refused_at_once(string why, DropReason reason, int counted)
    {
        _node.AddPool(Pool, Balance.RoundRobin, 0, why == "no member" ? [] : [First]);
        if (why == "no listener")
            foreach (var protocol in (byte[])[Packet.Tcp6, Packet.Udp17])
                _node.RemoveFrontend(Vni, Virtual4, protocol, 80);
        if (why == "all down")
            Down(0);
        if (why == "all full")
            _node.AddBackend(First, Vni, Member(0), 8080, maxConnections: 1);
        if (why == "listener full")
            foreach (var protocol in (byte[])[Packet.Tcp6, Packet.Udp17])
                _node.AddListener(Vni, Virtual4, protocol, 80, Listener, Pool, maxConnections: 1);
        if (why.EndsWith("full", StringComparison.Ordinal))
            Connect(999);

        var reset = Run(Syn(1000));
        Assert.Equal((Verdict.Redirect, reason), (reset.Verdict, reset.Reason));
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).IPv4(Virtual4, A4, fragment: 0x4000)
                .Tcp(80, 1000, TcpFlags.Rst | TcpFlags.Ack, sequence: 0, acknowledged: 2).Bytes(),
            reset.Packet);
        var unreachable = Run(Packet.Frame(MacA, Gateway).Ip(A4, Virtual4).Udp(1000, 80).Data(9));
        Assert.Equal((Verdict.Redirect, reason), (unreachable.Verdict, unreachable.Reason));
        Assert.Equal((3, 3), (unreachable.Packet[34], unreachable.Packet[35]));
        Assert.Equal((ulong)counted, _node.ListenerUsage(Listener).Refused);
    }

    [Fact]
    public void Connections_are_counted_once_and_given_back_once()
    {
        _node.AddPool(Pool, Balance.RoundRobin, 0, First, First + 1);
        for (ushort i = 0; i < 6; i++)
            Connect((ushort)(1000 + i));
        Assert.Equal((6ul, 6ul), (_node.ListenerUsage(Listener).Connections, _node.ListenerUsage(Listener).Total));

        // Reset by the client, and begun anew on the same port.
        Run(Packet.Frame(MacA, Gateway).Ip(A4, Virtual4).Tcp(1000, 80, TcpFlags.Rst));
        Connect(1000);
        Assert.Equal((6ul, 7ul), (_node.ListenerUsage(Listener).Connections, _node.ListenerUsage(Listener).Total));

        foreach (var (key, _) in _node.Flows.ReadAll().ToList())
            _node.Age(key, TimeSpan.FromSeconds(101));
        Assert.Equal(6ul, _node.Sweep().Expired);
        Assert.Equal((0ul, 7ul), (_node.ListenerUsage(Listener).Connections, _node.ListenerUsage(Listener).Total));
        Assert.Equal(0ul, _node.BackendUsage(First).Connections + _node.BackendUsage(First + 1).Connections);
        Assert.True(_node.Usage.TryGet(1, out var usage));
        Assert.Equal(0ul, usage.Flows);
    }

    [Fact]
    public void A_sweep_tells_what_was_carried()
    {
        _node.AddBackend(7, Vni, B4, 8080);
        _node.AddPool(Pool, Balance.RoundRobin, 0, 7);
        Connect(1000);
        Run(Segment(1000));
        _node.Run("from_port", B, Packet.Frame(MacB, Gateway).Ip(B4, A4).Tcp(8080, 1000, TcpFlags.Ack).Data(60).Bytes());

        foreach (var _ in (int[])[1, 2])
        {
            _node.Sweep();
            Assert.All((BalanceUsage[])[_node.ListenerUsage(Listener), _node.BackendUsage(7)], usage => Assert.Equal(
                new BalanceUsage { Connections = 1, Total = 1, PacketsIn = 2, BytesIn = 40 + 50, PacketsOut = 1, BytesOut = 100 }, usage));
        }
    }

    [Fact]
    public void Who_waits_for_a_member_that_is_down_is_let_try_again_and_who_was_answered_stays()
    {
        _node.AddBackend(First, Vni, B4, 8080);
        _node.AddPool(Pool, Balance.RoundRobin, 0, First);
        Run(Syn(1000));
        _node.Run("from_port", B, Packet.Frame(MacB, Gateway).Ip(B4, A4).Tcp(8080, 1000, TcpFlags.Syn | TcpFlags.Ack).Bytes());
        Run(Syn(1001));
        _node.Sweep();
        Assert.Equal(4, _node.Flows.Count());

        _node.AddBackend(First, Vni, B4, 8080, BackendFlags.Keeps);
        Assert.Equal(1ul, _node.Sweep().Expired);
        Assert.Equal(2, _node.Flows.Count());
        Assert.Equal(1ul, _node.BackendUsage(First).Connections);

        _node.AddBackend(First + 1, Vni, C4, 8080);
        _node.AddPool(Pool, Balance.RoundRobin, 0, First + 1);
        Assert.Equal(DropReason.None, Run(Syn(1001)).Reason);
        Assert.Equal(1ul, _node.BackendUsage(First + 1).Connections);
        _node.Sweep();
        Assert.Equal(4, _node.Flows.Count());
    }

    [Fact]
    public void A_guarded_member_is_asked_for_by_its_own_port()
    {
        const ulong client = 0xa1, guarded = 0xb2 | AbiConstants.IdentityGuarded, table = 0x7ab1e;
        _node.AddPort(A, id: 1, Vni, MacA, [A4], identity: client);
        _node.AddPort(B, id: 2, Vni, MacB, [B4], identity: guarded);
        _node.AddBackend(7, Vni, B4, 8080);
        _node.AddPool(Pool, Balance.RoundRobin, 0, 7);
        Assert.Equal(DropReason.GroupDenied, Run(Syn(1000)).Reason);
        Assert.Equal(0ul, _node.ListenerUsage(Listener).Connections);

        _node.AddPolicy(client, guarded, table);
        _node.AddVerdict(VerdictKey.OnePort(table, 6, 8080), VerdictEntry.Allow(1, 1));
        Assert.Equal(DropReason.None, Run(Syn(1001)).Reason);
        Assert.Equal(DropReason.GroupDenied, Run(Packet.Frame(MacA, Gateway).Ip(A4, Virtual4).Udp(1, 80)).Reason);
    }

    [Theory]
    [InlineData(A4, Virtual4)]
    [InlineData(A6, Virtual6)]
    public void A_virtual_IP_answers_ping_by_itself(string a, string virtualIp) => PacketAssert.Equal(
        Packet.Frame(Gateway, MacA).Ip(virtualIp, a).Echo(3, reply: true).Data(8).Bytes(),
        Run(Packet.Frame(MacA, Gateway).Ip(a, virtualIp).Echo(3).Data(8)).Packet);

    [Fact]
    public void A_member_of_the_other_family_is_none()
    {
        _node.AddBackend(7, Vni, B6, 8080);
        _node.AddPool(Pool, Balance.RoundRobin, 0, 7);

        Assert.Equal(DropReason.NoMember, Run(Syn(1000)).Reason);
    }

    [Fact]
    public void A_segment_of_no_connection_opens_none()
    {
        _node.AddPool(Pool, Balance.RoundRobin, 0, First);

        var reset = Run(Segment(1000));

        Assert.Equal((Verdict.Redirect, DropReason.NoConnection, 0), (reset.Verdict, reset.Reason, _node.Flows.Count()));
        Assert.Equal((byte)TcpFlags.Rst, reset.Packet[47]);
    }

    static string Member(int i) => $"10.0.2.{i + 1}";

    static Packet Syn(ushort port, string client = A4) =>
        Packet.Frame(MacA, Gateway).Ip(client, Virtual4).Tcp(port, 80, TcpFlags.Syn);

    static Packet Segment(ushort port) => Packet.Frame(MacA, Gateway).Ip(A4, Virtual4).Tcp(port, 80, TcpFlags.Ack, acknowledged: 7).Data(10);

    Outcome Run(Packet packet) => _node.Run("from_port", A, packet.Bytes());

    int Connect(ushort port, string client = A4)
    {
        var outcome = Run(Syn(port, client));
        Assert.Equal((Verdict.Redirect, DropReason.None), (outcome.Verdict, outcome.Reason));
        return Chosen(outcome);
    }

    static int Chosen(Outcome outcome)
    {
        Assert.Equal(DropReason.None, outcome.Reason);
        return outcome.Packet[33] - 1;
    }

    void Down(int member) => _node.AddBackend(First + (uint)member, Vni, Member(member), 8080, BackendFlags.Keeps);

    void Up(int member) => _node.AddBackend(First + (uint)member, Vni, Member(member), 8080);
}
