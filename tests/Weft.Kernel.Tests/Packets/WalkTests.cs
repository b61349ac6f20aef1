using System.Buffers.Binary;
using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.Wire;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Packets on their whole way: what from_port makes on one node is fed to from_overlay on the other.</summary>
public sealed class WalkTests
{
    [Theory]
    [InlineData(A4, C4, false)]
    [InlineData(A6, C6, false)]
    [InlineData(A4, C4, true)]
    [InlineData(A6, C6, true)]
    public void Question_and_answer_cross_the_fabric(string a, string c, bool fabricV6)
    {
        using TestVrouter one = NodeOne(fabricV6: fabricV6), two = NodeTwo(fabricV6);

        var onTheWire = Sent(one, A, Packet.Frame(MacA, Gateway).Ip(a, c, tos: 2).Udp(1000, 2000).Data(33));
        AssertOuter(onTheWire, fabricV6 ? Fabric1v6 : Fabric1, fabricV6 ? Fabric2v6 : Fabric2, tos: 2);
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacC).Ip(a, c, tos: 2).Udp(1000, 2000).Data(33).Bytes(), Received(two, onTheWire));

        var back = Sent(two, C, Packet.Frame(MacC, Gateway).Ip(c, a).Udp(2000, 1000).Data(44));
        PacketAssert.Equal(Packet.Frame(Gateway, MacA).Ip(c, a).Udp(2000, 1000).Data(44).Bytes(), Received(one, back));

        AssertPair(one, Key(a, c, Packet.Udp17, 1000, 2000), Key(c, a, Packet.Udp17, 2000, 1000));
        AssertPair(two, Key(a, c, Packet.Udp17, 1000, 2000), Key(c, a, Packet.Udp17, 2000, 1000));
    }

    [Theory]
    [InlineData(A4, C4)]
    [InlineData(A6, C6)]
    public void An_ICMP_error_follows_the_flow_that_it_is_about(string a, string c)
    {
        using TestVrouter one = NodeOne(), two = NodeTwo();
        var question = Packet.Frame(MacA, Gateway).Ip(a, c).Udp(1000, 2000).Data(8);
        var arrived = Received(two, Sent(one, A, question));

        var isV4 = a == A4;
        var error = Packet.Frame(MacC, Gateway).Ip(c, a).Icmp((byte)(isV4 ? 3 : 1), (byte)(isV4 ? 3 : 4)).Raw(arrived[14..]);
        var outcome = Received(one, Sent(two, C, error));

        Assert.Equal(error.Bytes()[14..], outcome[14..]);
        Assert.Equal(2, one.Flows.Count());
        Assert.Equal(2, two.Flows.Count());
        Assert.True(two.Flows.TryGet(Key(c, a, Packet.Udp17, 2000, 1000), out var back));
        Assert.Equal(1ul, back.Packets);
    }

    [Fact]
    public void The_outer_source_port_spreads_flows()
    {
        using var one = NodeOne();
        var ports = Enumerable.Range(1, 50).Select(i =>
            BinaryPrimitives.ReadUInt16BigEndian(
                Sent(one, A, Packet.Frame(MacA, Gateway).Ip(A4, C4).Udp((ushort)i, 2)).AsSpan(34))).ToHashSet();

        Assert.All(ports, p => Assert.InRange(p, 49152, 65535));
        Assert.InRange(ports.Count, 40, 50);
    }

    static void AssertOuter(byte[] frame, string source, string destination, byte tos)
    {
        var headers = source.Contains(':', StringComparison.Ordinal) ? 40 : 20;
        var udp = frame.AsSpan(14 + headers);
        var sourcePort = BinaryPrimitives.ReadUInt16BigEndian(udp);
        var outer = Packet.Frame(Gateway, Gateway);
        outer = headers == 20 ? outer.IPv4(source, destination, tos, fragment: 0x4000) : outer.IPv6(source, destination, tos);
        var expected = outer.Udp(sourcePort, 4789, checksum: false).Vxlan(Vni).Raw(udp[16..].ToArray()).Bytes();
        PacketAssert.Equal(expected[14..], frame[14..]);
    }

    static void AssertPair(TestVrouter node, FlowKey opener, FlowKey answer)
    {
        Assert.Equal(2, node.Flows.Count());
        Assert.True(node.Flows.TryGet(opener, out var there));
        Assert.True(node.Flows.TryGet(answer, out var back));
        Assert.Equal((1ul, 1ul), (there.Packets, back.Packets));
        Assert.Equal(0, there.Flags & (byte)FlowFlags.Reverse);
        Assert.NotEqual(0, back.Flags & (byte)FlowFlags.Reverse);
        Assert.Equal(1ul, node.Count(CounterId.FlowsCreated));
    }
}
