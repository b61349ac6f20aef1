using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Fragments belong to the flow of their first one, and none is lost when they arrive in another order.</summary>
public sealed class FragmentTests : IDisposable
{
    const ushort More = 0x2000;

    readonly TestVrouter _node = NodeOne();

    public void Dispose() => _node.Dispose();

    static readonly Packet s_a = Packet.Frame(MacA, Gateway);
    static readonly Packet s_first4 = s_a.IPv4(A4, B4, id: 9, fragment: More).Udp(1000, 2000).Data(800);
    static readonly Packet s_later4 = s_a.IPv4(A4, B4, id: 9, fragment: 101, protocol: Packet.Udp17).Data(300);
    static readonly Packet s_first6 = s_a.IPv6(A6, B6).Fragment(9, 0, more: true).Udp(1000, 2000).Data(800);
    static readonly Packet s_later6 = s_a.IPv6(A6, B6).Fragment(9, 808, more: false, Packet.Udp17).Data(300);

    [Fact]
    public void Later_fragments_count_in_the_flow_of_the_first()
    {
        foreach (var (first, later, from, to) in ((Packet, Packet, string, string)[])
            [(s_first4, s_later4, A4, B4), (s_first6, s_later6, A6, B6)])
        {
            Forwarded(first);
            Forwarded(later);

            Assert.True(_node.Flows.TryGet(Key(from, to, Packet.Udp17, 1000, 2000), out var flow));
            Assert.Equal(2ul, flow.Packets);
        }
        Assert.Equal(4, _node.Flows.Count());
    }

    [Fact]
    public void A_fragment_that_overtook_its_first_is_decided_by_addresses()
    {
        Forwarded(s_later4);
        Forwarded(s_later6);
        Forwarded(s_first4);

        Assert.True(_node.Flows.TryGet(Key(A4, B4, Packet.Udp17, 0, 0), out _));
        Assert.True(_node.Flows.TryGet(Key(A6, B6, Packet.Udp17, 0, 0), out _));
        Assert.True(_node.Flows.TryGet(Key(A4, B4, Packet.Udp17, 1000, 2000), out _));
    }

    [Fact]
    public void Fragments_of_another_network_or_number_are_strangers()
    {
        Forwarded(s_first4);

        Forwarded(s_a.IPv4(A4, B4, id: 10, fragment: 101, protocol: Packet.Udp17).Data(30));

        Assert.True(_node.Flows.TryGet(Key(A4, B4, Packet.Udp17, 1000, 2000), out var flow));
        Assert.Equal(1ul, flow.Packets);
    }

    [Fact]
    public void A_first_fragment_too_short_for_its_ports_is_malformed()
    {
        var tiny = s_a.IPv4(A4, B4, id: 9, fragment: More, protocol: Packet.Tcp6).Data(8).Bytes();

        Assert.Equal(DropReason.Malformed, _node.Run("from_port", A, tiny).Reason);
    }

    [Fact]
    public void Inner_fragments_cross_the_fabric()
    {
        foreach (var fragment in (Packet[])[
            Packet.Frame(Gateway, Gateway).IPv4(C4, A4, id: 5, fragment: More).Udp(1, 2).Data(800),
            Packet.Frame(Gateway, Gateway).IPv4(C4, A4, id: 5, fragment: 101, protocol: Packet.Udp17).Data(300)])
            Assert.Equal(Verdict.Redirect,
                _node.Run("from_overlay", Fabric, Overlay(null, Vni, fragment.Bytes())).Verdict);

        Assert.True(_node.Flows.TryGet(Key(C4, A4, Packet.Udp17, 1, 2), out var flow));
        Assert.Equal(2ul, flow.Packets);
    }

    void Forwarded(Packet packet)
    {
        var outcome = _node.Run("from_port", A, packet.Bytes());
        Assert.Equal((Verdict.Redirect, DropReason.None), (outcome.Verdict, outcome.Reason));
        Assert.Equal(packet.Bytes()[14..], outcome.Packet[14..]);
    }
}
