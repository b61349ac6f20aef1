using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>What a port may send, and what becomes of it. Each row is one packet from container a on a fresh node.</summary>
public sealed class FromPortTests : IDisposable
{
    readonly TestVrouter _node = NodeOne();

    public void Dispose() => _node.Dispose();

    sealed record Row(string What, Packet Sent, Verdict Verdict, DropReason Reason = DropReason.None, Packet? Becomes = null);

    static readonly Packet s_a = Packet.Frame(MacA, Gateway), s_toB = Packet.Frame(Gateway, MacB);

    static readonly Row[] s_rows =
    [
        Delivered("UDP over IPv4", p => p.Ip(A4, B4).Udp(1000, 2000).Data(10)),
        Delivered("UDP over IPv6", p => p.Ip(A6, B6).Udp(1000, 2000).Data(10)),
        Delivered("TCP over IPv4", p => p.Ip(A4, B4).Tcp(1000, 80, TcpFlags.Syn)),
        Delivered("TCP over IPv6", p => p.Ip(A6, B6).Tcp(1000, 80, TcpFlags.Syn)),
        Delivered("ICMP echo", p => p.Ip(A4, B4).Echo(7).Data(56)),
        Delivered("ICMPv6 echo", p => p.Ip(A6, B6).Echo(7).Data(56)),
        Delivered("a protocol without ports", p => p.Ip(A4, B4, protocol: 47).Data(40)),
        Delivered("a protocol with ports like those of UDP", p => p.Ip(A4, B4, protocol: 132).Data(40)),
        Delivered("an IPv4 header with options", p => p.IPv4(A4, B4, options: [7, 7, 4, 0, 0, 0, 0, 0]).Udp(1, 2).Data(3)),
        Delivered("IPv6 extension headers", p => p.Ip(A6, B6).Extension(0, new byte[8]).Extension(60, new byte[16]).Udp(1, 2)),
        Delivered("a time to live of one: a network is one hop", p => p.Ip(A4, B4, ttl: 1).Udp(1, 2)),
        Delivered("UDP without a checksum", p => p.Ip(A4, B4).Udp(1, 2, checksum: false).Data(9)),

        Lost("a MAC that is not the port's", Packet.Frame(MacB, Gateway).Ip(A4, B4).Udp(1, 2), DropReason.SpoofedMac),
        Lost("a neighbour's IPv4 address", s_a.Ip(B4, C4).Udp(1, 2), DropReason.SpoofedAddress),
        Lost("a neighbour's IPv6 address", s_a.Ip(B6, C6).Udp(1, 2), DropReason.SpoofedAddress),
        Lost("an address of nobody", s_a.Ip(Nobody4, B4).Udp(1, 2), DropReason.SpoofedAddress),
        Lost("the gateway's address", s_a.Ip(Gateway4, B4).Udp(1, 2), DropReason.SpoofedAddress),
        Lost("an address of another node's", s_a.Ip(C4, B4).Udp(1, 2), DropReason.SpoofedAddress),
        Lost("a link-local source that is not neighbour discovery", s_a.Ip("fe80::1", B6).Udp(1, 2), DropReason.SpoofedAddress),
        Lost("IPv4 multicast", s_a.Ip(A4, "224.0.0.251").Udp(5353, 5353), DropReason.Multicast),
        Lost("IPv6 multicast", s_a.Ip(A6, "ff02::fb").Udp(5353, 5353), DropReason.Multicast),
        Lost("broadcast, as DHCP sends it", s_a.Ip("0.0.0.0", "255.255.255.255").Udp(68, 67), DropReason.Multicast),
        Lost("a router solicitation", s_a.Ip("fe80::2", "ff02::2", ttl: 255).Icmp(133), DropReason.Multicast),
        Lost("a VLAN tag", Packet.Frame(MacA, Gateway).Eth(MacA, Gateway, 0x8100).Data(50), DropReason.UnsupportedEthertype, skip: 14),
        Lost("a foreign EtherType", Packet.Frame(MacA, Gateway).Eth(MacA, Gateway, 0x88cc).Data(50), DropReason.UnsupportedEthertype, skip: 14),
    ];

    public static TheoryData<string> Rows => [.. s_rows.Select(r => r.What)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_port_sends(string what)
    {
        var row = s_rows.Single(r => r.What == what);

        var outcome = _node.Run("from_port", A, row.Sent.Bytes());

        Assert.Equal((row.Verdict, row.Reason), (outcome.Verdict, outcome.Reason));
        if (row.Becomes is not null)
            PacketAssert.Equal(row.Becomes.Bytes(), outcome.Packet);
    }

    [Fact]
    public void Nothing_passes_before_the_port_is_open()
    {
        _node.AddPort(A, id: 1, Vni, MacA, [A4, A6], flags: PortFlags.None);

        Assert.Equal(DropReason.PortClosed, _node.Run("from_port", A, s_a.Ip(A4, B4).Udp(1, 2).Bytes()).Reason);
        Assert.Equal(DropReason.PortClosed,
            _node.Run("from_port", A, s_a.Arp(1, MacA, A4, MacA, B4).Bytes()).Reason);
    }

    [Fact]
    public void Nothing_reaches_a_port_before_it_is_open()
    {
        _node.AddPort(B, id: 2, Vni, MacB, [B4, B6], flags: PortFlags.None);

        Assert.Equal(DropReason.PortClosed, _node.Run("from_port", A, s_a.Ip(A4, B4).Udp(1, 2).Bytes()).Reason);
        Assert.Equal(0, _node.Flows.Count());
    }

    [Fact]
    public void The_same_address_in_another_network_is_another_machine()
    {
        var fromTwin = Packet.Frame(MacTwin, Gateway).Ip(A4, B4).Udp(1, 2).Bytes();

        var outcome = _node.Run("from_port", Twin, fromTwin);

        Assert.Equal(DropReason.NoRoute, outcome.Reason);
        Assert.Equal(Verdict.Redirect, _node.Run("from_port", A, s_a.Ip(A4, B4).Udp(1, 2).Bytes()).Verdict);
    }

    [Fact]
    public void An_additional_address_is_a_route_to_the_port()
    {
        _node.AddRoute(Vni, "172.16.0.0/16", new() { Action = FlowAction.Local, Vni = Vni, Ifindex = A });

        Assert.Equal(Verdict.Redirect, _node.Run("from_port", A, s_a.Ip("172.16.3.4", B4).Udp(1, 2).Bytes()).Verdict);
        Assert.Equal(DropReason.SpoofedAddress,
            _node.Run("from_port", A, s_a.Ip("172.17.3.4", B4).Udp(1, 2).Bytes()).Reason);
    }

    [Fact]
    public void The_longest_prefix_decides()
    {
        _node.AddRoute(Vni, "10.0.0.0/24", new() { Action = FlowAction.Drop, Vni = Vni });

        Assert.Equal(Verdict.Redirect, _node.Run("from_port", A, s_a.Ip(A4, B4).Udp(1, 2).Bytes()).Verdict);
        Assert.Equal(DropReason.NoRoute, _node.Run("from_port", A, s_a.Ip(A4, Nobody4).Udp(1, 2).Bytes()).Reason);
    }

    static Row Delivered(string what, Func<Packet, Packet> packet) =>
        new(what, packet(s_a), Verdict.Redirect, Becomes: packet(s_toB));

    // skip: the frame without the first bytes of its builder, for frames that are no IP at all.
    static Row Lost(string what, Packet packet, DropReason reason, int skip = 0) =>
        new(what, skip == 0 ? packet : packet.Without(skip), Verdict.Shot, reason);
}
