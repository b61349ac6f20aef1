using System.Buffers.Binary;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Model.Addressing;
using static Weft.Kernel.Tests.Packets.RuleWorld;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Packets that are sent to see what becomes of them: decided as any other, told, and never delivered.</summary>
public sealed class TraceTests : IDisposable
{
    const uint Id = 0xdead_be01;
    const string Mark = "06:12:34:56:78:9a";

    readonly TestVrouter _one = RuleWorld.One();
    readonly TestVrouter _two = RuleWorld.Two();
    readonly TraceEvents _told, _toldByTwo;

    public TraceTests() => (_told, _toldByTwo) = (_one.TraceEvents(), _two.TraceEvents());

    public void Dispose()
    {
        _told.Dispose();
        _toldByTwo.Dispose();
        _one.Dispose();
        _two.Dispose();
    }

    [Theory]
    [InlineData(A4, B4)]
    [InlineData(A6, B6)]
    public void A_trace_to_a_port_of_the_node_ends_before_it(string from, string to)
    {
        var told = Trace(from, to);

        Assert.Equal(
            (FlowAction.Local, DropReason.None, TraceHook.FromPort, B, Vni),
            ((FlowAction)told.Action, (DropReason)told.DropReason, (TraceHook)told.Hook, told.ToIfindex, told.ToVni));
        AssertNothingIsLeft(_one);
    }

    [Theory]
    [InlineData(A4, C4, false)]
    [InlineData(A6, C6, true)]
    public void A_trace_to_another_node_crosses_the_fabric_and_ends_there(string from, string to, bool fabricV6)
    {
        using TestVrouter one = NodeOne(fabricV6: fabricV6), two = NodeTwo(fabricV6);
        using TraceEvents atOne = one.TraceEvents(), atTwo = two.TraceEvents();

        var sent = Send(one, Frame(from, to));
        Assert.Equal((Verdict.Redirect, DropReason.None), (sent.Verdict, sent.Reason));
        var arrived = two.Run("from_overlay", Fabric, OnTheWire(sent.Packet));

        Assert.Equal((Verdict.Shot, DropReason.Traced), (arrived.Verdict, arrived.Reason));
        var (first, second) = (Assert.Single(atOne.Poll(default)), Assert.Single(atTwo.Poll(default)));
        Assert.Equal((Id, FlowAction.Remote, Node2), (first.Id, (FlowAction)first.Action, first.Node));
        Assert.Equal(
            (Id, TraceHook.FromOverlay, FlowAction.Local, C, Node1),
            (second.Id, (TraceHook)second.Hook, (FlowAction)second.Action, second.ToIfindex, second.Node));
        AssertNothingIsLeft(one);
        AssertNothingIsLeft(two);
    }

    [Fact]
    public void A_denied_trace_names_the_rule_and_counts_nothing_on_it()
    {
        _one.AddPolicy(IdA, IdD, 7);
        _one.AddVerdict(VerdictKey.AnyProtocol(7), VerdictEntry.Deny(DropReason.PolicyDenied, 3, 4, reject: true));

        var told = Trace(A4, D4);

        Assert.Equal(
            (DropReason.PolicyDenied, 3u, 4u, TraceFlags.Reject),
            ((DropReason)told.DropReason, told.Policy, told.Rule, (TraceFlags)told.Flags));
        Assert.Equal(0ul, _one.RuleCount(3, 4).Packets);
        AssertNothingIsLeft(_one);
    }

    [Fact]
    public void A_trace_is_decided_by_the_other_node_too()
    {
        Allow(_one, IdA, IdE);

        var sent = Send(_one, Frame(A4, E4));
        _two.Run("from_overlay", Fabric, OnTheWire(sent.Packet));

        Assert.Equal((1u, 1u), (Assert.Single(_told.Poll(default)) is var here ? here.Policy : 0, here.Rule));
        Assert.Equal(DropReason.PolicyNoRule, (DropReason)Assert.Single(_toldByTwo.Poll(default)).DropReason);
    }

    [Theory]
    [InlineData(A4, Nobody4, DropReason.NoRoute)]
    [InlineData(A6, Nobody6, DropReason.NoRoute)]
    [InlineData(B4, A4, DropReason.SpoofedAddress)]
    [InlineData(A4, D4, DropReason.PolicyNoRule)]
    [InlineData(A4, "224.0.0.1", DropReason.Multicast)]
    public void What_would_be_lost_is_told_with_its_reason_and_nobody_is_answered(string from, string to, DropReason reason)
    {
        Assert.Equal(reason, (DropReason)Trace(from, to).DropReason);
        AssertNothingIsLeft(_one);
    }

    [Fact]
    public void A_closed_port_at_the_end_is_told()
    {
        _one.AddPort(B, id: 2, Vni, MacB, [B4, B6], flags: 0, identity: IdB);

        Assert.Equal(DropReason.PortClosed, (DropReason)Trace(A4, B4).DropReason);
    }

    [Fact]
    public void A_flow_that_is_known_is_told_and_neither_used_nor_changed()
    {
        _one.Run("from_port", A, Frame(A4, B4, MacA));
        var before = _one.Flows.ReadAll().ToDictionary();

        Assert.Equal(TraceFlags.Known, (TraceFlags)Trace(A4, B4).Flags);
        _one.RaiseGenerations(Vni);
        Assert.Equal(TraceFlags.Known | TraceFlags.Outdated, (TraceFlags)Trace(A4, B4).Flags);

        Assert.Equal(before, _one.Flows.ReadAll().ToDictionary());
    }

    [Fact]
    public void A_forged_source_is_what_it_was()
    {
        Assert.Equal(DropReason.SpoofedMac, _one.Run("from_port", A, Frame(A4, B4)).Reason);
        Expect(_one, B);
        Assert.Equal(DropReason.SpoofedMac, _one.Run("from_port", A, Frame(A4, B4)).Reason);

        Assert.Empty(_told.Poll(default));
    }

    [Fact]
    public void A_source_that_was_seen_on_its_way_is_good_for_nothing_any_more()
    {
        Trace(A4, B4);

        Assert.Equal(DropReason.SpoofedMac, _one.Run("from_port", A, Frame(A4, B4)).Reason);
    }

    [Fact]
    public void Only_other_nodes_can_say_that_a_packet_is_traced()
    {
        var stranger = Overlay(Packet.Frame(MacC, MacA).IPv4("192.0.2.77", Fabric1), Vni, Frame(C4, A4, MacC), flags: 0x40);

        Assert.Equal(DropReason.UnknownPeer, _one.Run("from_overlay", Fabric, stranger).Reason);
        Assert.Empty(_told.Poll(default));
    }

    [Theory]
    [InlineData(0x00, -1)]
    [InlineData(0x48, 7)]
    [InlineData(0x08, 7)]
    [InlineData(0x40, 2)]
    public void A_reserved_bit_alone_traces_nothing(byte flags, int verdict) =>
        Assert.Equal((Verdict)verdict, _one.Run("from_overlay", Fabric, Overlay(null, Vni, Frame(C4, A4, MacC), flags: flags)).Verdict);

    [Fact]
    public void A_trace_for_a_network_that_is_not_here_is_told()
    {
        _one.Run("from_overlay", Fabric, Overlay(null, 999, Frame(C4, A4, MacC), flags: 0x40));

        Assert.Equal(DropReason.OverlayNotLocal, (DropReason)Assert.Single(_told.Poll(default)).DropReason);
    }

    TraceEvent Trace(string from, string to)
    {
        var outcome = Send(_one, Frame(from, to));
        Assert.Equal((Verdict.Shot, DropReason.Traced), (outcome.Verdict, outcome.Reason));
        return Assert.Single(_told.Poll(default));
    }

    static byte[] Frame(string from, string to, string mac = Mark) =>
        Packet.Frame(mac, Gateway).Ip(from, to).Tcp(1000, 22, TcpFlags.Syn).Bytes();

    static Outcome Send(TestVrouter node, byte[] frame)
    {
        Expect(node, A);
        return node.Run("from_port", A, frame);
    }

    static void Expect(TestVrouter node, uint ifindex) => node.Map<TraceKey, TraceEntry>("weft_traces").Set(
        TraceKey.Of(MacAddress.Parse(Mark)), new() { Id = Id, Ifindex = ifindex });

    // bpf_redirect_neigh() writes this header after the program has ended.
    static byte[] OnTheWire(byte[] frame)
    {
        var type = frame[14] >> 4 == 4 ? Packet.EtherTypeIPv4 : Packet.EtherTypeIPv6;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), type);
        return frame;
    }

    static void AssertNothingIsLeft(TestVrouter node)
    {
        Assert.Equal(0, node.Flows.Count());
        Assert.Equal(0, node.Usage.Count());
        Assert.Equal(0, node.Map<TraceKey, TraceEntry>("weft_traces").Count());
        Assert.Equal(0ul, node.Count(CounterId.IcmpErrorsSent) + node.Count(CounterId.ResetsSent));
    }
}
