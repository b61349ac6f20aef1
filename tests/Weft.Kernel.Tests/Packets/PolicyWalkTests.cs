using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.RuleWorld;
using static Weft.Kernel.Tests.Packets.Wire;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Connections between two networks and two nodes: each node asks for itself.</summary>
public sealed class PolicyWalkTests : IDisposable
{
    readonly TestVrouter _one = One(), _two = Two();

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
    }

    static readonly Packet s_a = Packet.Frame(MacA, Gateway), s_e = Packet.Frame(MacE, Gateway);

    [Theory]
    [InlineData(A4, E4)]
    [InlineData(A6, E6)]
    public void Question_and_answer_cross_networks_and_fabric(string a, string e)
    {
        AllowOnBoth(IdA, IdE);

        var onTheWire = Sent(_one, A, s_a.Ip(a, e).Udp(1000, 2000).Data(33));
        Assert.Equal(Db, VniOf(onTheWire));
        PacketAssert.Equal(Packet.Frame(Gateway, MacE).Ip(a, e).Udp(1000, 2000).Data(33).Bytes(), Received(_two, onTheWire));

        var back = Sent(_two, E, s_e.Ip(e, a).Udp(2000, 1000).Data(44));
        Assert.Equal(Vni, VniOf(back));
        PacketAssert.Equal(Packet.Frame(Gateway, MacA).Ip(e, a).Udp(2000, 1000).Data(44).Bytes(), Received(_one, back));

        // One pair on each node, under the network of the port that is there.
        foreach (var (node, vni) in new[] { (_one, Vni), (_two, Db) })
        {
            Assert.Equal(2, node.Flows.Count());
            Assert.True(node.Flows.TryGet(Key(a, e, Packet.Udp17, 1000, 2000, vni), out var there));
            Assert.True(node.Flows.TryGet(Key(e, a, Packet.Udp17, 2000, 1000, vni), out var answer));
            Assert.Equal((1ul, 1ul), (there.Packets, answer.Packets));
            Assert.Equal(0, there.Flags & (byte)FlowFlags.Reverse);
            Assert.NotEqual(0, answer.Flags & (byte)FlowFlags.Reverse);
        }
    }

    [Fact]
    public void One_way_is_one_way_on_both_nodes_also_after_a_change()
    {
        AllowOnBoth(IdA, IdE);
        var question = s_a.Ip(A4, E4).Udp(1000, 2000).Data(3);
        var answer = s_e.Ip(E4, A4).Udp(2000, 1000).Data(4);

        Assert.Equal(DropReason.PolicyNoRule, _two.Run("from_port", E, answer.Bytes()).Reason);
        Received(_two, Sent(_one, A, question));
        Announce(_one);
        Announce(_two);
        Received(_one, Sent(_two, E, answer));
        Announce(_two);
        Received(_two, Sent(_one, A, question));

        Assert.Equal(DropReason.PolicyNoRule, _two.Run("from_port", E, s_e.Ip(E4, A4).Udp(2000, 9).Bytes()).Reason);
    }

    [Fact]
    public void The_receivers_node_asks_again()
    {
        Allow(_one, IdA, IdE);
        var onTheWire = Sent(_one, A, s_a.Ip(A4, E4).Udp(1000, 2000).Data(3));

        Assert.Equal(DropReason.PolicyNoRule, _two.Run("from_overlay", Fabric, onTheWire).Reason);
        Assert.Equal(0, _two.Flows.Count());

        Allow(_two, IdA, IdE);
        Received(_two, onTheWire);
        _two.RemovePolicy(IdA, IdE);
        _two.RaiseGenerations(Db);
        Assert.Equal(DropReason.PolicyNoRule, _two.Run("from_overlay", Fabric, onTheWire).Reason);
    }

    [Fact]
    public void A_rule_never_rejects_what_comes_from_the_fabric()
    {
        Allow(_one, IdA, IdE);
        _two.AddPolicy(IdA, IdE, 77);
        _two.AddVerdict(VerdictKey.AnyProtocol(77), VerdictEntry.Deny(DropReason.PolicyDenied, 3, 4, reject: true));

        var outcome = _two.Run("from_overlay", Fabric, Sent(_one, A, s_a.Ip(A4, E4).Tcp(1, 2, TcpFlags.Syn)));

        Assert.Equal((Verdict.Shot, DropReason.PolicyDenied), (outcome.Verdict, outcome.Reason));
        Assert.Equal(1ul, _two.RuleCount(3, 4).Packets);
    }

    [Fact]
    public void The_source_must_live_on_the_sending_node_in_a_joined_network_too()
    {
        Allow(_two, IdA, IdE);
        Allow(_two, IdC, IdE);
        Allow(_two, IdE, IdE);

        DropReason Arrives(uint vni, string source, string destination) => _two.Run("from_overlay", Fabric, Overlay(
            null, vni, Packet.Frame(Gateway, Gateway).Ip(source, destination).Udp(1, 2).Bytes(), toNodeOne: false)).Reason;

        Assert.Equal(DropReason.None, Arrives(Db, A4, E4));
        Assert.Equal(DropReason.OverlaySpoofed, Arrives(Db, C4, E4));        // joined, but lives here
        Assert.Equal(DropReason.OverlaySpoofed, Arrives(Db, "10.0.0.9", E4));
        Assert.Equal(DropReason.OverlaySpoofed, Arrives(Db, Gateway4, E4));
        Assert.Equal(DropReason.OverlayNotLocal, Arrives(Vni, A4, E4));      // the wire names the destination's network
        Assert.Equal(DropReason.OverlayNotLocal, Arrives(Vni, D4, E4));
    }

    [Fact]
    public void An_ICMP_error_comes_back_across_networks()
    {
        AllowOnBoth(IdA, IdE);
        var arrived = Received(_two, Sent(_one, A, s_a.Ip(A4, E4).Udp(1000, 2000).Data(8)));
        var error = s_e.Ip(E4, A4).Icmp(3, 3).Raw(arrived[14..]);

        Announce(_two);
        Announce(_one);
        Assert.Equal(error.Bytes()[14..], Received(_one, Sent(_two, E, error))[14..]);
        Assert.Equal((2, 2), (_one.Flows.Count(), _two.Flows.Count()));
    }

    void AllowOnBoth(ulong source, ulong destination)
    {
        Allow(_one, source, destination);
        Allow(_two, source, destination);
    }
}
