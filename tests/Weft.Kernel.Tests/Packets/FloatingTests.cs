using System.Net;
using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.OutsideWorld;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>From outside to floating IPs and published ports, and what stays the host's.</summary>
public sealed class FloatingTests : IDisposable
{
    readonly TestVrouter _node = Node();

    public FloatingTests()
    {
        AllowIn(_node, IdA);
        AllowIn(_node, IdB);
    }

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(Client4, FloatingA4, A4)]
    [InlineData(Neighbour4, FloatingA4, A4)]
    [InlineData(Client6, FloatingA6, A6)]
    [InlineData(Neighbour6, FloatingA6, A6)]
    public void A_client_outside_reaches_a_port_by_its_floating_IP(string client, string floating, string a)
    {
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(client, a, tos: 8).Tcp(5000, 80, TcpFlags.Syn).Bytes(),
            In(_node, FromRouter.Ip(client, floating, tos: 8).Tcp(5000, 80, TcpFlags.Syn)));
        PacketAssert.Equal(
            Packet.Frame(MacA, Gateway).Ip(floating, client).Tcp(80, 5000, TcpFlags.Syn | TcpFlags.Ack).Bytes(),
            Out(_node, A, Packet.Frame(MacA, Gateway).Ip(a, client).Tcp(80, 5000, TcpFlags.Syn | TcpFlags.Ack)));
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(client, a).Tcp(5000, 80, TcpFlags.Ack).Data(101).Bytes(),
            In(_node, FromRouter.Ip(client, floating).Tcp(5000, 80, TcpFlags.Ack).Data(101)));
        Assert.Equal(2, _node.Flows.Count());
        // Who received it pays for it.
        Assert.True(_node.Usage.TryGet(1, out var usage));
        Assert.Equal(new PortUsage { Flows = 1 }, usage);
    }

    [Theory]
    [InlineData(Client4, FloatingA4, A4, true)]
    [InlineData(Client4, FloatingA4, A4, false)]
    [InlineData(Client6, FloatingA6, A6, true)]
    public void UDP_keeps_its_checksum_or_that_it_has_none(string client, string floating, string a, bool checksum)
    {
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(client, a).Udp(5000, 53, checksum).Data(33).Bytes(),
            In(_node, FromRouter.Ip(client, floating).Udp(5000, 53, checksum).Data(33)));
        PacketAssert.Equal(
            Packet.Frame(MacA, Gateway).Ip(floating, client).Udp(53, 5000, checksum).Data(34).Bytes(),
            Out(_node, A, Packet.Frame(MacA, Gateway).Ip(a, client).Udp(53, 5000, checksum).Data(34)));
    }

    [Theory]
    [InlineData(Client4, FloatingA4, A4)]
    [InlineData(Client6, FloatingA6, A6)]
    public void A_floating_IP_answers_ping_with_its_ports_own_answer(string client, string floating, string a)
    {
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(client, a).Echo(9).Data(56).Bytes(), In(_node, FromRouter.Ip(client, floating).Echo(9).Data(56)));
        PacketAssert.Equal(
            Packet.Frame(MacA, Gateway).Ip(floating, client).Echo(9, reply: true).Data(56).Bytes(),
            Out(_node, A, Packet.Frame(MacA, Gateway).Ip(a, client).Echo(9, reply: true).Data(56)));
    }

    [Theory]
    [InlineData(47)]
    [InlineData(132)]
    public void Other_protocols_go_by_address(int protocol)
    {
        var outside = FromRouter.Ip(Client4, FloatingA4, protocol: protocol).Data(30);
        PacketAssert.Equal(Packet.Frame(Gateway, MacA).Ip(Client4, A4, protocol: protocol).Data(30).Bytes(), In(_node, outside));
    }

    [Fact]
    public void A_published_port_leads_to_the_ports_own_number()
    {
        Publish(Host4, 8080, B4, 80);

        PacketAssert.Equal(
            Packet.Frame(Gateway, MacB).Ip(Client4, B4).Tcp(5000, 80, TcpFlags.Syn).Bytes(),
            In(_node, FromRouter.Ip(Client4, Host4).Tcp(5000, 8080, TcpFlags.Syn)));
        PacketAssert.Equal(
            Packet.Frame(MacB, Gateway).Ip(Host4, Client4).Tcp(8080, 5000, TcpFlags.Syn | TcpFlags.Ack).Bytes(),
            Out(_node, B, Packet.Frame(MacB, Gateway).Ip(B4, Client4).Tcp(80, 5000, TcpFlags.Syn | TcpFlags.Ack)));
    }

    [Theory]
    [InlineData("another port")]
    [InlineData("an answer to the host")]
    [InlineData("another address")]
    [InlineData("ping")]
    [InlineData("another station")]
    [InlineData("multicast")]
    [InlineData("an error about the host's connection")]
    [InlineData("cut short")]
    [InlineData("the fabric's")]
    [InlineData("a tag")]
    public void What_is_the_hosts_is_left_to_it_unseen(string what)
    {
        Publish(Host4, 8080, B4, 80);
        var frame = what switch
        {
            "another port" => FromRouter.Ip(Client4, Host4).Tcp(5000, 22, TcpFlags.Syn),
            "an answer to the host" => FromRouter.Ip(Client4, Host4).Tcp(443, 8080, TcpFlags.Syn | TcpFlags.Ack),
            "another address" => FromRouter.Ip(Client4, "198.51.100.200").Udp(1, 2),
            "ping" => FromRouter.Ip(Client4, Host4).Echo(1),
            "another station" => Packet.Frame(MacRouter, "02:00:00:00:00:99").Ip(Client4, FloatingA4).Udp(1, 2),
            "multicast" => Packet.Frame(MacRouter, "01:00:5e:00:00:fb").Ip(Neighbour4, "224.0.0.251").Udp(5353, 5353),
            "an error about the host's connection" => FromRouter.Ip(Router4, Host4).Icmp(3, 1)
                .Raw(Packet.Frame(MacA, MacB).Ip(Host4, Client4).Udp(40000, 53).Bytes()[14..]),
            "the fabric's" => FromRouter.Ip(Client4, FloatingA4).Udp(50000, 4789),
            "cut short" => FromRouter.Ip(Client4, FloatingA4, protocol: 6).Data(8),
            _ => Packet.Frame(MacRouter, MacUplink).Eth(MacRouter, MacUplink, 0x88a8),
        };

        var outcome = _node.Run("from_uplink", UplinkIfindex, frame.Bytes());

        Assert.Equal((Verdict.Unspecified, DropReason.None), (outcome.Verdict, outcome.Reason));
        PacketAssert.Equal(frame.Bytes(), outcome.Packet);
        Assert.Equal(0, _node.Flows.Count());
    }

    [Fact]
    public void An_interface_that_is_no_uplink_any_more_is_the_hosts()
    {
        _node.Map<uint, Uplink>("weft_uplinks").Remove(UplinkIfindex);

        Assert.Equal(Verdict.Unspecified, _node.Run("from_uplink", UplinkIfindex, FromRouter.Ip(Client4, FloatingA4).Udp(1, 2).Bytes()).Verdict);
    }

    [Fact]
    public void A_port_reaches_the_floating_IP_of_another_on_its_node_as_its_own_floating_IP()
    {
        _node.AddFloating(External, FloatingB4, Vni, B4, IdOnLink);

        PacketAssert.Equal(
            Packet.Frame(Gateway, MacB).Ip(FloatingA4, B4).Tcp(5000, 80, TcpFlags.Syn).Bytes(),
            Out(_node, A, Packet.Frame(MacA, Gateway).Ip(A4, FloatingB4).Tcp(5000, 80, TcpFlags.Syn)));
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(FloatingB4, A4).Tcp(80, 5000, TcpFlags.Syn | TcpFlags.Ack).Bytes(),
            Out(_node, B, Packet.Frame(MacB, Gateway).Ip(B4, FloatingA4).Tcp(80, 5000, TcpFlags.Syn | TcpFlags.Ack)));
        Assert.Equal(2, _node.Flows.Count());
    }

    [Fact]
    public void A_port_reaches_its_own_floating_IP()
    {
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(FloatingA4, A4).Tcp(5000, 80, TcpFlags.Syn).Bytes(),
            Out(_node, A, Packet.Frame(MacA, Gateway).Ip(A4, FloatingA4).Tcp(5000, 80, TcpFlags.Syn)));
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(FloatingA4, A4).Tcp(80, 5000, TcpFlags.Syn | TcpFlags.Ack).Bytes(),
            Out(_node, A, Packet.Frame(MacA, Gateway).Ip(A4, FloatingA4).Tcp(80, 5000, TcpFlags.Syn | TcpFlags.Ack)));
        // Question and answer of a ping would be told apart by nothing: it gets another identifier.
        var ping = Out(_node, A, Packet.Frame(MacA, Gateway).Ip(A4, FloatingA4).Echo(7).Data(8));
        var id = (ushort)(ping[38] << 8 | ping[39]);
        Assert.NotEqual(7, id);
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(FloatingA4, A4).Echo(7, reply: true).Data(8).Bytes(),
            Out(_node, A, Packet.Frame(MacA, Gateway).Ip(A4, FloatingA4).Echo(id, reply: true).Data(8)));
    }

    [Fact]
    public void A_port_of_a_floating_IP_that_leads_nowhere_is_refused_at_once()
    {
        _node.AddRoute(External, FloatingB4, new() { Action = FlowAction.Floating, Vni = External, Identity = IdOnLink });
        _node.AddFrontend(External, FloatingB4, Packet.Tcp6, 443, new() { Vni = Vni, Address = IPAddress.Parse(B4), Port = 8443 });

        var refused = _node.Run("from_uplink", UplinkIfindex, FromRouter.Ip(Client4, FloatingB4).Tcp(5000, 80, TcpFlags.Syn, sequence: 7).Bytes());
        Assert.Equal((Verdict.Redirect, DropReason.NoListener), (refused.Verdict, refused.Reason));
        PacketAssert.Equal(
            Packet.Frame(MacUplink, MacRouter).IPv4(FloatingB4, Client4, fragment: 0x4000)
                .Tcp(80, 5000, TcpFlags.Rst | TcpFlags.Ack, sequence: 0, acknowledged: 8).Bytes(),
            refused.Packet);
        var unreachable = _node.Run("from_uplink", UplinkIfindex, FromRouter.Ip(Client4, FloatingB4).Udp(5000, 80).Bytes());
        Assert.Equal((Verdict.Redirect, DropReason.NoListener), (unreachable.Verdict, unreachable.Reason));
        Assert.Equal((3, 3), (unreachable.Packet[34], unreachable.Packet[35]));

        PacketAssert.Equal(
            Packet.Frame(Gateway, MacB).Ip(Client4, B4).Tcp(5000, 8443, TcpFlags.Syn).Bytes(),
            In(_node, FromRouter.Ip(Client4, FloatingB4).Tcp(5000, 443, TcpFlags.Syn)));
    }

    [Fact]
    public void An_address_of_ours_is_no_source_outside() =>
        Assert.Equal(DropReason.SpoofedAddress,
            _node.Run("from_uplink", UplinkIfindex, FromRouter.Ip(Host4, FloatingA4).Udp(1, 2).Bytes()).Reason);

    [Fact]
    public void A_closed_port_gets_nothing_from_outside()
    {
        _node.AddPort(A, id: 1, Vni, MacA, [A4], flags: 0, identity: IdA);

        Assert.Equal(DropReason.PortClosed, _node.Run("from_uplink", UplinkIfindex, FromRouter.Ip(Client4, FloatingA4).Udp(1, 2).Bytes()).Reason);
    }

    void Publish(string host, ushort port, string address, ushort target) =>
        _node.AddFrontend(External, host, Packet.Tcp6, port, new()
        {
            Vni = Vni, Address = IPAddress.Parse(address), Port = target, Flags = (byte)FrontendFlags.Published,
        });
}
