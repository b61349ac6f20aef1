using System.Net;
using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.OutsideWorld;
using static Weft.Kernel.Tests.Packets.Wire;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Across nodes: floating IPs of another node, and members on another node than the floating IP.</summary>
public sealed class OutsideWalkTests : IDisposable
{
    const string FloatingC4 = "198.51.100.12", FloatingC6 = "2001:db8:100::12";
    const string Virtual4 = "10.0.0.50", Virtual6 = "fd00::50", FloatingV4 = "198.51.100.50", FloatingV6 = "2001:db8:100::50";
    const ulong IdC = 0xc3;

    readonly TestVrouter _one = Node(), _two = NodeTwo();

    public OutsideWalkTests()
    {
        _two.AddPort(C, id: 1, Vni, MacC, [C4, C6], identity: IdC);
        _two.Map<uint, NetworkEntry>("weft_networks").Set(External, new() { Flags = (uint)NetworkFlags.External });
        _two.AddVerdict(VerdictKey.AnyProtocol(Open), VerdictEntry.Allow(1, 1));
        foreach (var (everything, c, floatingC, floatingA) in new[]
        {
            ("0.0.0.0/0", C4, FloatingC4, FloatingA4), ("::/0", C6, FloatingC6, FloatingA6),
        })
        {
            _two.AddRoute(Vni, everything, new() { Action = FlowAction.Outside, Vni = External });
            _two.AddRoute(External, everything, new() { Action = FlowAction.Uplink, Vni = External, Node = ByRouter, Identity = IdOutside });
            _two.AddRoute(External, floatingA, new() { Action = FlowAction.Remote, Vni = External, Node = Node1, Identity = IdOnLink });
            _two.AddFloating(External, floatingC, Vni, c, IdOnLink);
            _two.AddTranslation(Vni, External, c, floatingC);
            _one.AddRoute(External, floatingC, new() { Action = FlowAction.Remote, Vni = External, Node = Node2, Identity = IdOnLink });
        }
        RuleWorld.Lead(_one, Vni, Node2, IdC, C4, C6);
        AllowIn(_one, IdA);
        AllowIn(_two, IdC);
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
    }

    [Theory]
    [InlineData(C4, A4, FloatingC4, FloatingA4)]
    [InlineData(C6, A6, FloatingC6, FloatingA6)]
    public void A_port_reaches_a_floating_IP_of_another_node_as_its_own(string c, string a, string floatingC, string floatingA)
    {
        var there = Sent(_two, C, Packet.Frame(MacC, Gateway).Ip(c, floatingA).Udp(1000, 53).Data(9));
        Assert.Equal(External, VniOf(there));
        PacketAssert.Equal(Packet.Frame(Gateway, MacA).Ip(floatingC, a).Udp(1000, 53).Data(9).Bytes(), Received(_one, there));

        var back = Sent(_one, A, Packet.Frame(MacA, Gateway).Ip(a, floatingC).Udp(53, 1000).Data(8));
        Assert.Equal(External, VniOf(back));
        PacketAssert.Equal(Packet.Frame(Gateway, MacC).Ip(floatingA, c).Udp(53, 1000).Data(8).Bytes(), Received(_two, back));

        Assert.Equal((2, 2), (_one.Flows.Count(), _two.Flows.Count()));
        // After a change it goes on, on both nodes and both ways.
        Announce(_one);
        Announce(_two);
        Received(_two, Sent(_one, A, Packet.Frame(MacA, Gateway).Ip(a, floatingC).Udp(53, 1000)));
        Received(_one, Sent(_two, C, Packet.Frame(MacC, Gateway).Ip(c, floatingA).Udp(1000, 53)));
        Assert.Equal((2, 2), (_one.Flows.Count(), _two.Flows.Count()));
        Assert.Equal((1ul, 1ul), (_one.Count(CounterId.FlowsCreated), _two.Count(CounterId.FlowsCreated)));
    }

    [Theory]
    [InlineData(C4, FloatingA4)]
    [InlineData(C6, FloatingA6)]
    public void A_port_of_another_node_is_told_that_nothing_listens(string c, string floatingA)
    {
        _one.RemoveFrontend(External, floatingA, 0, 0);

        foreach (var protocol in (string[])["tcp", "udp"])
        {
            var ip = Packet.Frame(MacC, Gateway).Ip(c, floatingA);
            var asked = protocol == "tcp" ? ip.Tcp(1000, 80, TcpFlags.Syn) : ip.Udp(1000, 80).Data(6);
            var refused = _one.Run("from_overlay", Fabric, Sent(_two, C, asked));
            Assert.Equal((Verdict.Redirect, DropReason.NoListener), (refused.Verdict, refused.Reason));
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(refused.Packet.AsSpan(12), Packet.EtherTypeIPv4);

            var told = Received(_two, refused.Packet);

            var answer = Packet.Frame(Gateway, MacC).Ip(floatingA, c);
            if (protocol == "udp")
                Assert.Equal(asked.Bytes()[14..], told[(c == C4 ? 42 : 62)..]);
            else if (c == C4)
                PacketAssert.Equal(
                    Packet.Frame(Gateway, MacC).IPv4(floatingA, c, fragment: 0x4000)
                        .Tcp(80, 1000, TcpFlags.Rst | TcpFlags.Ack, sequence: 0, acknowledged: 2).Bytes(), told);
            else
                PacketAssert.Equal(answer.Tcp(80, 1000, TcpFlags.Rst | TcpFlags.Ack, sequence: 0, acknowledged: 2).Bytes(), told);
        }
        Assert.Equal(0, _one.Flows.Count());
    }

    [Fact]
    public void The_node_of_the_floating_IP_asks_the_rules_of_who_comes_in()
    {
        _one.RemovePolicy(IdOnLink, IdA);
        var there = Sent(_two, C, Packet.Frame(MacC, Gateway).Ip(C4, FloatingA4).Udp(1000, 53));

        Assert.Equal(DropReason.PolicyNoRule, _one.Run("from_overlay", Fabric, there).Reason);
    }

    [Theory]
    [InlineData(FloatingC4, "198.51.100.99", DropReason.OverlayNotLocal)]
    [InlineData(FloatingC4, Client4, DropReason.OverlayNotLocal)]
    [InlineData(Host4, FloatingA4, DropReason.OverlaySpoofed)]
    [InlineData(FloatingA4, FloatingA4, DropReason.OverlaySpoofed)]
    [InlineData("198.51.100.30", FloatingA4, DropReason.OverlaySpoofed)]
    [InlineData(FloatingC4, FloatingC4, DropReason.OverlayNotLocal)]
    public void What_a_node_may_send_in_an_external_network_is_checked(string source, string destination, DropReason reason)
    {
        _one.AddNode(7, Fabric1, "192.0.2.7", Fabric);
        _one.AddRoute(External, "198.51.100.30", new() { Action = FlowAction.Remote, Vni = External, Node = 7, Identity = IdOnLink });

        Assert.Equal(reason, _one.Run("from_overlay", Fabric, Overlay(
            null, External, Packet.Frame(Gateway, Gateway).Ip(source, destination).Udp(1, 2).Bytes())).Reason);
        Assert.Equal(0, _one.Flows.Count());
    }

    [Theory]
    [InlineData(A4, C4, Virtual4)]
    [InlineData(A6, C6, Virtual6)]
    public void A_port_reaches_a_member_on_another_node(string a, string c, string virtualIp)
    {
        Serve(virtualIp, c);

        var there = Sent(_one, A, Packet.Frame(MacA, Gateway).Ip(a, virtualIp).Tcp(1000, 80, TcpFlags.Syn));
        Assert.Equal(Vni, VniOf(there));
        PacketAssert.Equal(Packet.Frame(Gateway, MacC).Ip(a, c).Tcp(1000, 8080, TcpFlags.Syn).Bytes(), Received(_two, there));

        var back = Sent(_two, C, Packet.Frame(MacC, Gateway).Ip(c, a).Tcp(8080, 1000, TcpFlags.Syn | TcpFlags.Ack));
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(virtualIp, a).Tcp(80, 1000, TcpFlags.Syn | TcpFlags.Ack).Bytes(), Received(_one, back));
    }

    [Theory]
    [InlineData(C4, Virtual4, FloatingV4, Client4)]
    [InlineData(C6, Virtual6, FloatingV6, Client6)]
    public void A_client_outside_reaches_a_member_on_another_node_as_itself(string c, string virtualIp, string floating, string client)
    {
        Serve(virtualIp, c);
        _one.AddFloating(External, floating, Vni, virtualIp, IdOnLink);
        AllowIn(_one, IdC);

        var there = Sent(_one, "from_uplink", UplinkIfindex, FromRouter.Ip(client, floating).Tcp(5000, 80, TcpFlags.Syn).Bytes());
        Assert.Equal(Vni, VniOf(there));
        PacketAssert.Equal(Packet.Frame(Gateway, MacC).Ip(client, c).Tcp(5000, 8080, TcpFlags.Syn).Bytes(), Received(_two, there));

        Reply();
        Announce(_one);
        Announce(_two);
        Reply();
        Assert.Equal((2, 2), (_one.Flows.Count(), _two.Flows.Count()));

        void Reply()
        {
            var back = Sent(_two, C, Packet.Frame(MacC, Gateway).Ip(c, client).Tcp(8080, 5000, TcpFlags.Syn | TcpFlags.Ack).Data(7));
            Assert.Equal(Vni, VniOf(back));
            PacketAssert.Equal(
                Packet.Frame(Gateway, Gateway).Ip(floating, client).Tcp(80, 5000, TcpFlags.Syn | TcpFlags.Ack).Data(7).Bytes()[14..],
                Received(_one, back)[14..]);
        }
    }

    [Fact]
    public void What_the_node_of_the_floating_IP_lets_in_the_members_node_stops_only_where_something_denies_it()
    {
        const ulong Closed = 0x5170;
        Serve(Virtual4, C4);
        _one.AddFloating(External, FloatingV4, Vni, Virtual4, IdOnLink);
        AllowIn(_one, IdC);
        _two.RemovePolicy(IdOutside, IdC);
        var there = Sent(_one, "from_uplink", UplinkIfindex, FromRouter.Ip(Client4, FloatingV4).Tcp(5000, 80, TcpFlags.Syn).Bytes());
        Received(_two, there);

        _two.AddVerdict(VerdictKey.AnyProtocol(Closed), VerdictEntry.Deny(DropReason.GroupDenied, 0, 0));
        _two.AddPolicy(IdOutside, IdC, Closed);
        Announce(_two);
        Assert.Equal(DropReason.GroupDenied, _two.Run("from_overlay", Fabric, there).Reason);
    }

    [Fact]
    public void A_port_reaches_its_own_nodes_member_by_a_floating_IP_of_another_node()
    {
        Serve(Virtual4, C4);
        _one.AddFloating(External, FloatingV4, Vni, Virtual4, IdOnLink);
        _two.AddRoute(External, FloatingV4, new() { Action = FlowAction.Remote, Vni = External, Node = Node1, Identity = IdOnLink });
        AllowIn(_one, IdC);

        var toOne = Sent(_two, C, Packet.Frame(MacC, Gateway).Ip(C4, FloatingV4).Tcp(1000, 80, TcpFlags.Syn));
        var toTwo = Sent(_one, "from_overlay", Fabric, toOne);
        Assert.Equal((External, Vni), (VniOf(toOne), VniOf(toTwo)));
        PacketAssert.Equal(Packet.Frame(Gateway, MacC).Ip(FloatingC4, C4).Tcp(1000, 8080, TcpFlags.Syn).Bytes(), Received(_two, toTwo));

        toOne = Sent(_two, C, Packet.Frame(MacC, Gateway).Ip(C4, FloatingC4).Tcp(8080, 1000, TcpFlags.Syn | TcpFlags.Ack));
        toTwo = Sent(_one, "from_overlay", Fabric, toOne);
        Assert.Equal((Vni, External), (VniOf(toOne), VniOf(toTwo)));
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacC).Ip(FloatingV4, C4).Tcp(80, 1000, TcpFlags.Syn | TcpFlags.Ack).Bytes(), Received(_two, toTwo));
    }

    [Fact]
    public void A_router_outside_is_heard_by_a_member_on_another_node()
    {
        Serve(Virtual4, C4);
        _one.AddFloating(External, FloatingV4, Vni, Virtual4, IdOnLink);
        AllowIn(_one, IdC);
        Received(_two, Sent(_one, "from_uplink", UplinkIfindex, FromRouter.Ip(Client4, FloatingV4).Tcp(5000, 80, TcpFlags.Syn).Bytes()));
        var reply = Packet.Frame(MacC, Gateway).Ip(C4, Client4).Tcp(8080, 5000, TcpFlags.Syn | TcpFlags.Ack).Data(50);
        var left = Received(_one, Sent(_two, C, reply));

        var error = Received(_two, Sent(
            _one, "from_uplink", UplinkIfindex, FromRouter.Ip(Router4, FloatingV4).Icmp(3, 4, 1280).Raw(left[14..]).Bytes()));

        PacketAssert.Equal(Packet.Frame(Gateway, MacC).Ip(Router4, C4).Icmp(3, 4, 1280).Raw(reply.Bytes()[14..]).Bytes(), error);
    }

    [Fact]
    public void A_network_without_a_way_out_lets_no_outside_source_in()
    {
        _two.RemoveRoute(Vni, "0.0.0.0/0");
        _two.RemoveRoute(Vni, "::/0"); // which mapped addresses are in too

        Assert.Equal(DropReason.OverlaySpoofed, _two.Run("from_overlay", Fabric, Overlay(
            null, Vni, Packet.Frame(Gateway, Gateway).Ip(Client4, C4).Udp(1, 2).Bytes(), toNodeOne: false)).Reason);
    }

    [Fact]
    public void What_is_too_long_for_the_fabric_is_told_to_the_client_outside()
    {
        Serve(Virtual4, C4);
        _one.AddFloating(External, FloatingV4, Vni, Virtual4, IdOnLink);
        AllowIn(_one, IdC);

        var outcome = _one.Run(
            "from_uplink", UplinkIfindex, FromRouter.Ip(Client4, FloatingV4).Tcp(5000, 80, TcpFlags.Syn).Data(1430).Bytes());

        Assert.Equal((Verdict.Redirect, DropReason.TooLarge), (outcome.Verdict, outcome.Reason));
        Assert.Equal((3, 4), (outcome.Packet[34], outcome.Packet[35]));
        Assert.Equal(IPAddress.Parse(FloatingV4).GetAddressBytes(), outcome.Packet[26..30]);
    }

    void Serve(string virtualIp, string member)
    {
        _one.AddBalancer(Vni, virtualIp);
        _one.AddListener(Vni, virtualIp, Packet.Tcp6, 80, listener: 5, pool: 6);
        _one.AddBackend(7, Vni, member, 8080);
        _one.AddPool(6, Balance.RoundRobin, affinityS: 0, 7);
    }
}
