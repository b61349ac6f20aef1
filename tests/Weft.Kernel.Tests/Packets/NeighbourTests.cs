using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Every address is at the gateway's MAC.</summary>
public sealed class NeighbourTests : IDisposable
{
    const string Broadcast = "ff:ff:ff:ff:ff:ff", Nothing = "00:00:00:00:00:00", Solicited = "33:33:ff:00:00:03";
    const uint RouterSolicitedOverride = 0xe0000000;

    readonly TestVrouter _node = NodeOne();

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(B4)]
    [InlineData(C4)]
    [InlineData(Gateway4)]
    [InlineData(Nobody4)]
    public void A_question_for_any_IPv4_address_gets_the_gateways_MAC(string target)
    {
        var question = Packet.Frame(MacA, Broadcast).Arp(1, MacA, A4, Nothing, target);

        var outcome = _node.Run("from_port", A, question.Bytes());

        Assert.Equal(Verdict.Redirect, outcome.Verdict);
        PacketAssert.Equal(Packet.Frame(Gateway, MacA).Arp(2, Gateway, target, MacA, A4).Bytes(), outcome.Packet);
        Assert.Equal(1ul, _node.Count(CounterId.ArpAnswered));
    }

    [Fact]
    public void A_probe_for_anothers_address_is_answered_so_that_the_conflict_is_found() =>
        Assert.Equal(Verdict.Redirect, _node.Run("from_port", A,
            Packet.Frame(MacA, Broadcast).Arp(1, MacA, "0.0.0.0", Nothing, B4).Bytes()).Verdict);

    [Theory]
    [InlineData(1, "0.0.0.0", A4)] // probe for the own address
    [InlineData(1, A4, A4)]        // announcement
    [InlineData(2, A4, Gateway4)]  // answer to a question that nobody put
    public void ARP_about_oneself_is_not_answered(ushort operation, string sender, string target)
    {
        var outcome = _node.Run(
            "from_port", A, Packet.Frame(MacA, Broadcast).Arp(operation, MacA, sender, Nothing, target).Bytes());

        Assert.Equal((Verdict.Shot, DropReason.Multicast), (outcome.Verdict, outcome.Reason));
        Assert.Equal(0ul, _node.Count(CounterId.ArpAnswered));
    }

    [Fact]
    public void ARP_for_something_else_than_IPv4_is_malformed()
    {
        var frame = Packet.Frame(MacA, Broadcast).Arp(1, MacA, A4, Nothing, B4).Bytes();
        frame[18] = 8; // hardware address length

        Assert.Equal(DropReason.Malformed, _node.Run("from_port", A, frame).Reason);
    }

    [Theory]
    [InlineData(A6, B6, MacA)]
    [InlineData(A6, C6, MacA)]
    [InlineData("fe80::2", Gateway6, MacA)]
    [InlineData(A6, Nobody6, null)] // unicast probe, without its MAC
    public void A_solicitation_for_any_IPv6_address_gets_the_gateways_MAC(string source, string target, string? mac)
    {
        var question = Packet.Frame(MacA, Solicited).IPv6(source, "ff02::1:ff00:3", hops: 255).Neighbour(135, 0, target, 1, mac);

        var outcome = _node.Run("from_port", A, question.Bytes());

        Assert.Equal(Verdict.Redirect, outcome.Verdict);
        var answer = Packet.Frame(Gateway, MacA).IPv6(target, source, hops: 255)
            .Neighbour(136, RouterSolicitedOverride, target, 2, Gateway);
        PacketAssert.Equal(answer.Bytes(), outcome.Packet);
        Assert.Equal(1ul, _node.Count(CounterId.NdAnswered));
    }

    [Fact]
    public void Duplicate_address_detection_finds_nobody() =>
        Assert.Equal(DropReason.Multicast, _node.Run("from_port", A,
            Packet.Frame(MacA, Solicited).IPv6("::", "ff02::1:ff00:2", hops: 255).Neighbour(135, 0, A6).Bytes()).Reason);

    [Fact]
    public void A_solicitation_that_has_come_over_a_router_is_not_answered() =>
        Assert.Equal(DropReason.Multicast, _node.Run("from_port", A,
            Packet.Frame(MacA, Solicited).IPv6(A6, B6, hops: 254).Neighbour(135, 0, B6, 1, MacA).Bytes()).Reason);
}
