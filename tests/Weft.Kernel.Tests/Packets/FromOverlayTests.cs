using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>What the fabric may bring, and what becomes of it, on node 1.</summary>
public sealed class FromOverlayTests : IDisposable
{
    const byte Ce = 3, Ect0 = 2;

    readonly TestVrouter _node = NodeOne();

    public void Dispose() => _node.Dispose();

    static readonly Packet s_fromNode2 = Packet.Frame(MacC, MacA).IPv4(Fabric2, Fabric1);
    static readonly byte[] s_inner = Inner(C4, A4);

    [Theory]
    [InlineData(C4, A4)]
    [InlineData(C6, A6)]
    public void A_packet_of_another_node_reaches_the_port(string source, string destination)
    {
        var outcome = Receive(Overlay(null, Vni, Inner(source, destination)));

        Assert.Equal(Verdict.Redirect, outcome.Verdict);
        PacketAssert.Equal(Packet.Frame(Gateway, MacA).Ip(source, destination).Udp(1, 2).Data(20).Bytes(), outcome.Packet);
    }

    [Fact]
    public void What_is_not_VXLAN_is_the_hosts()
    {
        byte[][] hosts =
        [
            s_fromNode2.Tcp(1, 22, TcpFlags.Syn).Bytes(),
            s_fromNode2.Udp(1, 53).Data(20).Bytes(),
            Overlay(null, Vni, s_inner, port: 8472),
            Overlay(null, Vni, s_inner, flags: 0), // no VNI in it
            Overlay(Packet.Frame(MacC, MacA).IPv4(Fabric2, Fabric1, fragment: 0x2000), Vni, s_inner),
            Packet.Frame(MacC, MacA).Arp(1, MacC, Fabric2, MacA, Fabric1).Bytes(),
            s_fromNode2.Udp(1, 4789).Data(4).Bytes(), // shorter than its header
        ];
        foreach (var frame in hosts)
        {
            var outcome = Receive(frame);
            Assert.Equal((Verdict.Unspecified, DropReason.None), (outcome.Verdict, outcome.Reason));
            PacketAssert.Equal(frame, outcome.Packet);
        }
        Assert.Equal(0ul, _node.Count(CounterId.OverlayPassed));
    }

    [Fact]
    public void A_network_that_is_not_here_is_left_to_the_host_and_counted()
    {
        Assert.Equal(Verdict.Unspecified, Receive(Overlay(null, 4242, s_inner)).Verdict);
        Assert.Equal(1ul, _node.Count(CounterId.OverlayPassed));
    }

    [Fact]
    public void Only_nodes_may_send()
    {
        var stranger = Packet.Frame(MacC, MacA).IPv4("192.0.2.66", Fabric1);

        Assert.Equal(DropReason.UnknownPeer, Receive(Overlay(stranger, Vni, s_inner)).Reason);
    }

    [Theory]
    [InlineData(B4, A4, DropReason.OverlaySpoofed)]      // lives on this node
    [InlineData(Nobody4, A4, DropReason.OverlaySpoofed)] // lives nowhere
    [InlineData(Gateway4, A4, DropReason.OverlaySpoofed)]
    [InlineData(C4, Nobody4, DropReason.OverlayNotLocal)]
    [InlineData(C4, C4, DropReason.OverlayNotLocal)]     // would go back over the fabric
    [InlineData(C4, Gateway4, DropReason.OverlayNotLocal)]
    public void Inner_addresses_must_fit(string source, string destination, DropReason reason) =>
        Assert.Equal(reason, Receive(Overlay(null, Vni, Inner(source, destination))).Reason);

    [Fact]
    public void A_node_cannot_speak_for_the_containers_of_another()
    {
        _node.AddNode(3, Fabric1, "192.0.2.3", Fabric);
        Assert.Equal(Verdict.Redirect, Receive(Overlay(null, Vni, s_inner)).Verdict);

        var node3 = Packet.Frame(MacC, MacA).IPv4("192.0.2.3", Fabric1);

        Assert.Equal(DropReason.OverlaySpoofed, Receive(Overlay(node3, Vni, s_inner)).Reason);
    }

    [Fact]
    public void A_closed_port_receives_nothing()
    {
        _node.AddPort(A, id: 1, Vni, MacA, [A4, A6], flags: PortFlags.None);

        Assert.Equal(DropReason.PortClosed, Receive(Overlay(null, Vni, s_inner)).Reason);
    }

    [Theory]
    [InlineData(C4, A4, Ect0, Ce)]
    [InlineData(C6, A6, Ect0, Ce)]
    [InlineData(C4, A4, Ce, Ce)]
    public void Congestion_that_the_fabric_marked_reaches_the_container(string source, string to, byte inner, byte after)
    {
        var marked = Packet.Frame(MacC, MacA).IPv4(Fabric2, Fabric1, tos: Ce);

        var outcome = Receive(Overlay(marked, Vni, Inner(source, to, inner)));

        PacketAssert.Equal(Packet.Frame(Gateway, MacA).Ip(source, to, after).Udp(1, 2).Data(20).Bytes(), outcome.Packet);
    }

    [Fact]
    public void Congestion_that_the_inner_packet_cannot_carry_is_loss()
    {
        var marked = Packet.Frame(MacC, MacA).IPv4(Fabric2, Fabric1, tos: Ce);

        Assert.Equal(DropReason.CongestionMark, Receive(Overlay(marked, Vni, s_inner)).Reason);
    }

    Outcome Receive(byte[] frame) => _node.Run("from_overlay", Fabric, frame);

    static byte[] Inner(string source, string destination, byte tos = 0) =>
        Packet.Frame(Gateway, Gateway).Ip(source, destination, tos).Udp(1, 2).Data(20).Bytes();
}
