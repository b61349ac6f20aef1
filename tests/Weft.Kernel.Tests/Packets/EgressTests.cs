using System.Buffers.Binary;
using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.OutsideWorld;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Ports go out: as their floating IP, or as an address that they share.</summary>
public sealed class EgressTests
{
    public static TheoryData<string, string, string> Ends => new()
    {
        { A4, FloatingA4, Client4 }, { A4, FloatingA4, Neighbour4 }, { A6, FloatingA6, Client6 }, { A6, FloatingA6, Neighbour6 },
    };

    public static TheoryData<string, string, string> SharedEnds => new()
    {
        { B4, Host4, Client4 }, { B6, Host6, Client6 },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public void A_port_with_a_floating_IP_leaves_as_that_with_its_own_ports(string a, string floating, string there)
    {
        using var node = Node();

        var asked = Out(node, A, Packet.Frame(MacA, Gateway).Ip(a, there).Udp(1000, 53).Data(21));
        PacketAssert.Equal(Packet.Frame(MacA, Gateway).Ip(floating, there).Udp(1000, 53).Data(21).Bytes(), asked);

        var answered = In(node, FromRouter.Ip(there, floating).Udp(53, 1000).Data(99));
        PacketAssert.Equal(Packet.Frame(Gateway, MacA).Ip(there, a).Udp(53, 1000).Data(99).Bytes(), answered);
        Assert.Equal(2, node.Flows.Count());
        Assert.Equal(1ul, node.Count(CounterId.FlowsCreated));
        Assert.True(node.Usage.TryGet(1, out var usage));
        Assert.Equal(new PortUsage { Flows = 1 }, usage);
    }

    [Theory]
    [MemberData(nameof(SharedEnds))]
    public void A_port_without_one_leaves_as_the_hosts_address_with_a_port_of_the_range(string b, string host, string there)
    {
        using var node = Node();

        var asked = Out(node, B, Packet.Frame(MacB, Gateway).Ip(b, there).Tcp(1000, 80, TcpFlags.Syn));
        var port = SourcePort(asked, b);
        Assert.InRange(port, FirstPort, LastPort);
        PacketAssert.Equal(Packet.Frame(MacB, Gateway).Ip(host, there).Tcp(port, 80, TcpFlags.Syn).Bytes(), asked);

        var answered = In(node, FromRouter.Ip(there, host).Tcp(80, port, TcpFlags.Syn | TcpFlags.Ack));
        PacketAssert.Equal(Packet.Frame(Gateway, MacB).Ip(there, b).Tcp(80, 1000, TcpFlags.Syn | TcpFlags.Ack).Bytes(), answered);
        Assert.True(node.Usage.TryGet(2, out var usage));
        Assert.Equal(new PortUsage { Flows = 1, Translated = 1 }, usage);
    }

    [Theory]
    [InlineData(B4, Client4)]
    [InlineData(B6, Client6)]
    public void Ports_are_told_apart_until_there_are_none_left_to_that_destination(string b, string there)
    {
        using var node = Node();
        var ports = Enumerable.Range(0, LastPort - FirstPort + 1).Select(i => SourcePort(
            Out(node, B, Packet.Frame(MacB, Gateway).Ip(b, there).Udp((ushort)(1000 + i), 53).Data(1)), b)).ToList();

        Assert.Equal(Enumerable.Range(FirstPort, ports.Count), ports.Order().Select(port => (int)port));
        Assert.Equal(DropReason.PortsExhausted, node.Run("from_port", B, Packet.Frame(MacB, Gateway).Ip(b, there).Udp(999, 53).Bytes()).Reason);
        // Another destination tells them apart by itself.
        Out(node, B, Packet.Frame(MacB, Gateway).Ip(b, there).Udp(1000, 54));
        Assert.True(node.Usage.TryGet(2, out var usage));
        Assert.Equal((5ul, 5ul), (usage.Flows, usage.Translated));
    }

    [Fact]
    public void A_port_of_the_range_is_kept_when_it_is_free()
    {
        using var node = Node();

        Assert.Equal(61002, SourcePort(Out(node, B, Packet.Frame(MacB, Gateway).Ip(B4, Client4).Udp(61002, 53)), B4));
    }

    [Fact]
    public void One_port_cannot_take_all_translations()
    {
        using var node = Node(maxConnections: 2);
        Out(node, B, Packet.Frame(MacB, Gateway).Ip(B4, Client4).Udp(1, 53));
        Out(node, B, Packet.Frame(MacB, Gateway).Ip(B4, Client4).Udp(2, 54));

        Assert.Equal(DropReason.PortsExhausted, node.Run("from_port", B, Packet.Frame(MacB, Gateway).Ip(B4, Client4).Udp(3, 55).Bytes()).Reason);
        Assert.True(node.Usage.TryGet(2, out var usage));
        Assert.Equal(new PortUsage { Flows = 2, Translated = 2, Refused = 1 }, usage);
        Assert.Equal(4, node.Flows.Count());
    }

    [Theory]
    [InlineData(A, MacA, A4, FloatingA4, Client4)]
    [InlineData(A, MacA, A6, FloatingA6, Client6)]
    [InlineData(B, MacB, B4, Host4, Client4)]
    [InlineData(B, MacB, B6, Host6, Client6)]
    public void Ping_goes_out_and_its_answer_comes_back(uint ifindex, string mac, string from, string outside, string there)
    {
        using var node = Node();

        var asked = Out(node, ifindex, Packet.Frame(mac, Gateway).Ip(from, there).Echo(77).Data(40));
        var id = BinaryPrimitives.ReadUInt16BigEndian(asked.AsSpan(Transport(from) + 4));
        Assert.Equal(ifindex == A, id == 77);
        PacketAssert.Equal(Packet.Frame(mac, Gateway).Ip(outside, there).Echo(id).Data(40).Bytes(), asked);

        var answered = In(node, FromRouter.Ip(there, outside).Echo(id, reply: true).Data(40));
        PacketAssert.Equal(Packet.Frame(Gateway, mac).Ip(there, from).Echo(77, reply: true).Data(40).Bytes(), answered);
    }

    [Theory]
    [InlineData(47)]
    [InlineData(50)]
    public void Protocols_without_ports_go_by_address(int protocol)
    {
        using var node = Node();

        var asked = Out(node, B, Packet.Frame(MacB, Gateway).Ip(B4, Client4, protocol: protocol).Data(30));
        PacketAssert.Equal(Packet.Frame(MacB, Gateway).Ip(Host4, Client4, protocol: protocol).Data(30).Bytes(), asked);

        var answered = In(node, FromRouter.Ip(Client4, Host4, protocol: protocol).Data(31));
        PacketAssert.Equal(Packet.Frame(Gateway, MacB).Ip(Client4, B4, protocol: protocol).Data(31).Bytes(), answered);
    }

    [Theory]
    [InlineData(A, MacA, A4, FloatingA4)]
    [InlineData(B, MacB, B4, Host4)]
    public void All_fragments_of_a_packet_leave_as_the_same_address(uint ifindex, string mac, string from, string outside)
    {
        using var node = Node();
        var first = Packet.Frame(mac, Gateway).IPv4(from, Client4, id: 9, fragment: 0x2000).Udp(1000, 53).Data(16);
        var later = Packet.Frame(mac, Gateway).IPv4(from, Client4, id: 9, fragment: 3, protocol: Packet.Udp17).Data(8);

        var port = SourcePort(Out(node, ifindex, first), from);

        PacketAssert.Equal(
            Packet.Frame(mac, Gateway).IPv4(outside, Client4, id: 9, fragment: 3, protocol: Packet.Udp17).Data(8).Bytes(),
            Out(node, ifindex, later));
        Assert.Equal(ifindex == A, port == 1000);
        Assert.Equal(2, node.Flows.Count());
    }

    [Theory]
    [InlineData(A4, Client4)]
    [InlineData(A6, Client6)]
    public void A_packet_that_does_not_fit_outside_is_refused_with_the_size_that_does(string a, string there)
    {
        using var node = Node(mtu: 1300);

        var outcome = node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(a, there).Udp(1000, 53).Data(1300).Bytes());

        Assert.Equal((Verdict.Redirect, DropReason.TooLarge), (outcome.Verdict, outcome.Reason));
        var icmp = outcome.Packet.AsSpan(Transport(a));
        Assert.Equal(a == A4 ? 3 : 2, icmp[0]);
        Assert.Equal(1300u, BinaryPrimitives.ReadUInt32BigEndian(icmp[4..]));
        // It quotes what the port has sent, not what would have left.
        Assert.Equal(System.Net.IPAddress.Parse(a).GetAddressBytes(), icmp[(a == A4 ? 20 : 16)..(a == A4 ? 24 : 32)].ToArray());
    }

    [Fact]
    public void A_port_that_is_nobody_outside_is_told_so()
    {
        using var node = Node();
        node.RemoveTranslation(Vni, External, "0.0.0.0");

        var outcome = node.Run("from_port", B, Packet.Frame(MacB, Gateway).Ip(B4, Client4).Udp(1000, 53).Bytes());

        Assert.Equal((Verdict.Redirect, DropReason.NoTranslation), (outcome.Verdict, outcome.Reason));
        Assert.Equal((3, 13), (outcome.Packet[34], outcome.Packet[35]));
        Assert.Equal(0, node.Flows.Count());
    }

    [Fact]
    public void A_service_of_the_agent_is_asked_before_the_outside_is()
    {
        using var node = Node();
        AddService(node, Packet.Udp17, 4, 53);

        var outcome = node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, "9.9.9.9").Udp(5000, 53).Data(31).Bytes());

        PacketAssert.Equal(Packet.Frame(Gateway, MacService).Ip("10.0.0.1", "169.254.169.1").Udp(5000, 53).Data(31).Bytes(), outcome.Packet);
    }

    [Fact]
    public void A_full_table_refuses_what_it_cannot_translate_back()
    {
        using var node = Node(flows: 64);
        for (ushort port = 1; node.Count(CounterId.FlowsUntracked) == 0; port++)
        {
            Assert.InRange(port, 1, 200);
            node.Feed("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, Client4).Udp(port, 53).Bytes());
        }
        var flows = node.Flows.Count();

        Assert.Equal(DropReason.RewriteFailed, node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, Client4).Udp(999, 53).Bytes()).Reason);
        Assert.Equal(flows, node.Flows.Count());
        Assert.True(node.Usage.TryGet(1, out var usage));
        Assert.Equal((ulong)flows / 2, usage.Flows);
    }

    [Fact]
    public void A_swept_connection_gives_back_what_it_was_charged()
    {
        using var node = Node();
        Out(node, B, Packet.Frame(MacB, Gateway).Ip(B4, Client4).Udp(1000, 53));
        foreach (var (key, _) in node.Flows.ReadAll().ToList())
            node.Age(key, TimeSpan.FromSeconds(61));

        Assert.Equal((1ul, 0ul), (node.Sweep().Expired, (ulong)node.Flows.Count()));

        Assert.True(node.Usage.TryGet(2, out var usage));
        Assert.Equal(default, usage);
    }

    [Fact]
    public void Another_port_cannot_ride_on_a_translation()
    {
        using var node = Node();
        Out(node, A, Packet.Frame(MacA, Gateway).Ip(A4, Client4).Udp(1000, 53));

        Assert.Equal(DropReason.SpoofedAddress, node.Run("from_port", B, Packet.Frame(MacB, Gateway).Ip(A4, Client4).Udp(1000, 53).Bytes()).Reason);
    }

    static int Transport(string address) => address.Contains(':', StringComparison.Ordinal) ? 54 : 34;

    static ushort SourcePort(byte[] frame, string address) => BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(Transport(address)));
}
