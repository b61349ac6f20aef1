using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>A connection is a pair of entries; what it holds against whom.</summary>
public sealed class FlowTests : IDisposable
{
    readonly TestVrouter _node = NodeOne();

    public void Dispose() => _node.Dispose();

    static readonly FlowKey s_there = Key(A4, B4, Packet.Udp17, 1000, 2000), s_back = Key(B4, A4, Packet.Udp17, 2000, 1000);
    static readonly byte[] s_question = Udp(A4, B4, 1000, 2000), s_answer = Udp(B4, A4, 2000, 1000);

    [Fact]
    public void Both_directions_count_in_their_own_entry_of_one_pair()
    {
        for (var i = 0; i < 3; i++)
            Forwarded(A, s_question);
        Forwarded(B, s_answer);

        Assert.Equal(2, _node.Flows.Count());
        var (there, back) = (Flow(s_there), Flow(s_back));
        Assert.Equal((3ul, 3ul * (ulong)(s_question.Length - 14)), (there.Packets, there.Bytes));
        Assert.Equal((1ul, (ulong)(s_answer.Length - 14)), (back.Packets, back.Bytes));
        Assert.Equal((byte)FlowFlags.Reverse, back.Flags);
        Assert.Equal((A, B), (there.InIfindex, there.Ifindex));
        Assert.Equal((B, A), (back.InIfindex, back.Ifindex));
        Assert.Equal((1u, 1u), (there.Port, back.Port));
        Assert.Equal(1ul, Usage(1).Flows);
    }

    [Fact]
    public void A_flow_does_not_carry_packets_of_another_interface()
    {
        Forwarded(A, s_question);

        var forged = Packet.Frame(MacB, Gateway).Ip(A4, B4).Udp(1000, 2000).Data(10).Bytes();

        Assert.Equal(DropReason.SpoofedAddress, _node.Run("from_port", B, forged).Reason);
        Assert.Equal(1ul, Flow(s_there).Packets);
    }

    [Fact]
    public void A_new_generation_decides_a_flow_again_and_keeps_its_counts()
    {
        Forwarded(A, s_question);
        Forwarded(B, s_answer);
        var started = Flow(s_there).StartedNs;

        _node.Generations.Set(Vni, 1);
        Forwarded(B, s_answer);
        Forwarded(A, s_question);

        Assert.Equal((2ul, 2ul), (Flow(s_there).Packets, Flow(s_back).Packets));
        Assert.Equal((1u, started), (Flow(s_there).Generation, Flow(s_there).StartedNs));
        Assert.Equal((byte)FlowFlags.Reverse, Flow(s_back).Flags);
        Assert.Equal(0, Flow(s_there).Flags);
        Assert.Equal(1ul, _node.Count(CounterId.FlowsRedecided));
        Assert.Equal(1ul, Usage(1).Flows);
    }

    [Fact]
    public void A_flow_whose_route_is_gone_stops_at_its_next_packet()
    {
        Forwarded(A, s_question);

        _node.RemoveRoute(Vni, B4);
        Forwarded(A, s_question); // nothing has been announced yet
        _node.Generations.Set(Vni, 1);

        Assert.Equal(DropReason.NoRoute, _node.Run("from_port", A, s_question).Reason);
    }

    [Fact]
    public void A_flow_follows_its_destination_to_another_node()
    {
        Forwarded(A, s_question);

        _node.AddRoute(Vni, B4, new() { Action = FlowAction.Remote, Vni = Vni, Node = Node2 });
        _node.Generations.Set(Vni, 1);
        var outcome = _node.Run("from_port", A, s_question);

        Assert.Equal(s_question.Length + 50, outcome.Packet.Length);
        Assert.Equal((byte)FlowAction.Remote, Flow(s_there).Action);
        Assert.NotEqual(0, Flow(s_back).Flags & (byte)FlowFlags.FromOverlay);
        Assert.Equal(2ul, Flow(s_there).Packets);
    }

    [Fact]
    public void A_port_may_hold_so_many_connections_and_no_more()
    {
        _node.AddPort(A, id: 1, Vni, MacA, [A4, A6], maxFlows: 2);
        Forwarded(A, Udp(A4, B4, 1, 1));
        Forwarded(A, Udp(A4, B4, 2, 1));

        Assert.Equal(DropReason.PortFlowLimit, _node.Run("from_port", A, Udp(A4, B4, 3, 1)).Reason);

        Forwarded(A, Udp(A4, B4, 2, 1));
        Forwarded(B, Udp(B4, A4, 9, 9));
        Assert.Equal(new PortUsage { Flows = 2, Refused = 1 }, Usage(1));
        Assert.Equal(new PortUsage { Flows = 1 }, Usage(2));
    }

    [Fact]
    public void With_a_full_table_packets_are_decided_one_by_one()
    {
        using var node = NodeOne(flows: 4);
        for (ushort port = 1; port <= 5; port++)
            Assert.Equal(Verdict.Redirect, node.Run("from_port", A, Udp(A4, B4, port, 1)).Verdict);

        Assert.Equal(4, node.Flows.Count());
        Assert.Equal((2ul, 3ul), (node.Count(CounterId.FlowsCreated), node.Count(CounterId.FlowsUntracked)));
        Assert.True(node.Usage.TryGet(1, out var usage));
        Assert.Equal(2ul, usage.Flows);
        Assert.Equal(DropReason.SpoofedAddress,
            node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(Nobody4, B4).Udp(9, 9).Bytes()).Reason);
    }

    [Fact]
    public void TCP_ends_with_FIN_both_ways_and_a_SYN_begins_it_anew()
    {
        var (there, back) = (Key(A4, B4, Packet.Tcp6, 1, 80), Key(B4, A4, Packet.Tcp6, 80, 1));
        Forwarded(A, Tcp(A4, B4, 1, 80, TcpFlags.Syn));
        Forwarded(B, Tcp(B4, A4, 80, 1, TcpFlags.Syn | TcpFlags.Ack));
        Forwarded(A, Tcp(A4, B4, 1, 80, TcpFlags.Fin | TcpFlags.Ack));
        Assert.Equal(0, Flow(there).Flags & (byte)FlowFlags.Closing);

        Forwarded(B, Tcp(B4, A4, 80, 1, TcpFlags.Fin | TcpFlags.Ack));
        Assert.NotEqual(0, Flow(there).Flags & Flow(back).Flags & (byte)FlowFlags.Closing);
        Assert.Equal((byte)(TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Ack), Flow(there).TcpFlags);

        Forwarded(A, Tcp(A4, B4, 1, 80, TcpFlags.Syn));
        Assert.Equal((1ul, 0, (byte)TcpFlags.Syn), (Flow(there).Packets, Flow(there).Flags, Flow(there).TcpFlags));
        Assert.Equal((0ul, (byte)FlowFlags.Reverse), (Flow(back).Packets, Flow(back).Flags));
        Assert.Equal(1ul, Usage(1).Flows);
        Assert.Equal(2ul, _node.Count(CounterId.FlowsCreated));
    }

    [Fact]
    public void A_connection_begun_anew_from_the_other_side_changes_roles_and_the_port_that_pays()
    {
        Forwarded(A, Tcp(A4, B4, 1, 80, TcpFlags.Syn));
        Forwarded(B, Tcp(B4, A4, 80, 1, TcpFlags.Rst | TcpFlags.Ack));

        Forwarded(B, Tcp(B4, A4, 80, 1, TcpFlags.Syn));

        Assert.Equal(0, Flow(Key(B4, A4, Packet.Tcp6, 80, 1)).Flags);
        Assert.Equal((byte)FlowFlags.Reverse, Flow(Key(A4, B4, Packet.Tcp6, 1, 80)).Flags);
        Assert.Equal((0ul, 1ul), (Usage(1).Flows, Usage(2).Flows));
    }

    static byte[] Udp(string from, string to, ushort sourcePort, ushort destinationPort) =>
        Packet.Frame(from == A4 ? MacA : MacB, Gateway).Ip(from, to).Udp(sourcePort, destinationPort).Data(10).Bytes();

    static byte[] Tcp(string from, string to, ushort sourcePort, ushort destinationPort, TcpFlags flags) =>
        Packet.Frame(from == A4 ? MacA : MacB, Gateway).Ip(from, to).Tcp(sourcePort, destinationPort, flags).Bytes();

    void Forwarded(uint ifindex, byte[] frame) =>
        Assert.Equal((Verdict.Redirect, DropReason.None),
            _node.Run("from_port", ifindex, frame) is var o ? (o.Verdict, o.Reason) : default);

    FlowEntry Flow(FlowKey key)
    {
        Assert.True(_node.Flows.TryGet(key, out var flow));
        return flow;
    }

    PortUsage Usage(uint port)
    {
        Assert.True(_node.Usage.TryGet(port, out var usage));
        return usage;
    }
}
