using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.OutsideWorld;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Who is told on the link that an address is here: floating IPs, and nothing else.</summary>
public sealed class OutsideNeighbourTests : IDisposable
{
    const string Nobody = "00:00:00:00:00:00", Everybody = "ff:ff:ff:ff:ff:ff", Group = "33:33:ff:00:00:10";

    readonly TestVrouter _node = Node();

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(Neighbour4, Everybody)]
    [InlineData(Neighbour4, MacUplink)]
    [InlineData("0.0.0.0", Everybody)]
    public void ARP_for_a_floating_IP_is_answered(string asker, string to)
    {
        var answer = _node.Run("from_uplink", UplinkIfindex, Packet.Frame(MacRouter, to).Arp(1, MacRouter, asker, Nobody, FloatingA4).Bytes());

        Assert.Equal(Verdict.Redirect, answer.Verdict);
        PacketAssert.Equal(
            Packet.Frame(MacUplink, MacRouter).Arp(2, MacUplink, FloatingA4, MacRouter, asker).Bytes(), answer.Packet);
        Assert.Equal(1ul, _node.Count(CounterId.ArpAnswered));
    }

    [Theory]
    [InlineData(1, Neighbour4, Host4)]
    [InlineData(1, Neighbour4, "198.51.100.200")]
    [InlineData(1, FloatingA4, FloatingA4)]
    [InlineData(2, Neighbour4, FloatingA4)]
    public void Other_ARP_is_the_hosts(ushort operation, string asker, string target)
    {
        var frame = Packet.Frame(MacRouter, Everybody).Arp(operation, MacRouter, asker, Nobody, target).Bytes();

        var outcome = _node.Run("from_uplink", UplinkIfindex, frame);

        Assert.Equal((Verdict.Unspecified, DropReason.None), (outcome.Verdict, outcome.Reason));
        PacketAssert.Equal(frame, outcome.Packet);
    }

    [Fact]
    public void A_solicitation_for_a_floating_IP_is_answered()
    {
        var asked = Packet.Frame(MacRouter, Group).IPv6(Neighbour6, "ff02::1:ff00:10", hops: 255)
            .Neighbour(135, 0, FloatingA6, option: 1, MacRouter);

        var answer = _node.Run("from_uplink", UplinkIfindex, asked.Bytes());

        Assert.Equal(Verdict.Redirect, answer.Verdict);
        PacketAssert.Equal(
            Packet.Frame(MacUplink, MacRouter).IPv6(FloatingA6, Neighbour6, hops: 255)
                .Neighbour(136, 0x60000000, FloatingA6, option: 2, MacUplink).Bytes(),
            answer.Packet);
        Assert.Equal(1ul, _node.Count(CounterId.NdAnswered));
    }

    [Theory]
    [InlineData(135, Neighbour6, Host6, 255)]
    [InlineData(135, Neighbour6, "2001:db8:100::200", 255)]
    [InlineData(135, Neighbour6, FloatingA6, 64)]
    [InlineData(135, "::", FloatingA6, 255)]
    [InlineData(136, Neighbour6, FloatingA6, 255)]
    public void Other_neighbour_discovery_is_the_hosts(byte type, string asker, string target, byte hops)
    {
        var frame = Packet.Frame(MacRouter, Group).IPv6(asker, "ff02::1:ff00:10", hops: hops)
            .Neighbour(type, 0, target, option: 1, MacRouter).Bytes();

        var outcome = _node.Run("from_uplink", UplinkIfindex, frame);

        Assert.Equal((Verdict.Unspecified, DropReason.None), (outcome.Verdict, outcome.Reason));
        PacketAssert.Equal(frame, outcome.Packet);
    }
}
