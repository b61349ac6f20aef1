using System.Net;
using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.OutsideWorld;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Live translated connections after a change: what they are led by holds, or they end. They never move.</summary>
public sealed class OutsideChangeTests : IDisposable
{
    readonly TestVrouter _node = Node();

    public OutsideChangeTests()
    {
        AllowIn(_node, IdA);
        AllowIn(_node, IdB);
    }

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_change_elsewhere_leaves_a_connection_as_it_is(bool answerFirst)
    {
        Out(_node, B, Egress());
        var port = Translated().SourcePort;
        AddSomething();

        if (answerFirst)
            In(_node, Answer(port));
        Out(_node, B, Egress());
        In(_node, Answer(port));

        Assert.Equal(2, _node.Flows.Count());
        Assert.Equal((1ul, 1ul), (_node.Count(CounterId.FlowsCreated), _node.Count(CounterId.FlowsRedecided)));
        Assert.Equal(port, Translated().SourcePort);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("another address")]
    [InlineData("another range")]
    [InlineData("one to one")]
    public void A_sender_that_is_no_more_who_it_was_starts_anew(string what)
    {
        Out(_node, B, Egress());
        var port = Translated().SourcePort;
        switch (what)
        {
            case "gone":
                _node.RemoveTranslation(Vni, External, "0.0.0.0");
                break;
            case "another address":
                _node.AddTranslation(Vni, External, "0.0.0.0", "198.51.100.2", FirstPort, LastPort);
                break;
            case "another range":
                _node.AddTranslation(Vni, External, "0.0.0.0", Host4, 50000, 50001);
                break;
            default:
                _node.AddTranslation(Vni, External, B4, FloatingB4);
                break;
        }
        Announce(_node);

        Assert.Equal(DropReason.NoTranslation, _node.Run("from_port", B, Egress().Bytes()).Reason);
        Assert.Equal(0, _node.Flows.Count());
        Assert.True(_node.Usage.TryGet(2, out var usage));
        Assert.Equal(default, usage);
        // To the outside it is over as well: the host's own address is the host's again.
        Assert.Equal(Verdict.Unspecified, _node.Run("from_uplink", UplinkIfindex, Answer(port).Bytes()).Verdict);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_floating_IP_that_leads_elsewhere_takes_no_connection_along(bool answerFirst)
    {
        In(_node, FromRouter.Ip(Client4, FloatingA4).Tcp(5000, 80, TcpFlags.Syn));
        _node.AddFrontend(External, FloatingA4, 0, 0, new() { Vni = Vni, Address = IPAddress.Parse(B4) });
        Announce(_node);

        var ended = answerFirst
            ? _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, Client4).Tcp(80, 5000, TcpFlags.Ack).Bytes())
            : _node.Run("from_uplink", UplinkIfindex, FromRouter.Ip(Client4, FloatingA4).Tcp(5000, 80, TcpFlags.Ack).Bytes());

        Assert.Equal(DropReason.NoTranslation, ended.Reason);
        Assert.Equal(0, _node.Flows.Count());
        Assert.True(_node.Usage.TryGet(1, out var usage));
        Assert.Equal(0ul, usage.Flows);
        // A new one goes to the new port.
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacB).Ip(Client4, B4).Tcp(5001, 80, TcpFlags.Syn).Bytes(),
            In(_node, FromRouter.Ip(Client4, FloatingA4).Tcp(5001, 80, TcpFlags.Syn)));
    }

    [Fact]
    public void A_floating_IP_that_is_taken_away_ends_what_came_in_by_it()
    {
        In(_node, FromRouter.Ip(Client4, FloatingA4).Tcp(5000, 80, TcpFlags.Syn));
        _node.RemoveRoute(External, FloatingA4);
        Announce(_node);

        Assert.NotEqual(DropReason.None, _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, Client4).Tcp(80, 5000, TcpFlags.Ack).Bytes()).Reason);
        Assert.Equal(0, _node.Flows.Count());
        Assert.Equal(Verdict.Unspecified,
            _node.Run("from_uplink", UplinkIfindex, FromRouter.Ip(Client4, FloatingA4).Tcp(5000, 80, TcpFlags.Ack).Bytes()).Verdict);
    }

    [Fact]
    public void Another_way_out_of_the_same_network_is_taken_at_once()
    {
        const uint other = 42, exit = 9;
        Out(_node, B, Egress());
        var port = Translated().SourcePort;
        _node.AddInterface(other);
        _node.Map<uint, Exit>("weft_exits").Set(exit, new() { Ifindex = other, Mtu = 1500, Vni = External });
        _node.Map<uint, Uplink>("weft_uplinks").Set(
            other, new() { Vni = External, Mtu = 1500, Mac = Model.Addressing.MacAddress.Parse(MacUplink) });
        _node.AddRoute(External, "0.0.0.0/0", new() { Action = FlowAction.Uplink, Vni = External, Node = exit, Identity = IdOutside });
        Announce(_node);

        Out(_node, B, Egress());

        Assert.True(_node.Flows.TryGet(Key(B4, Client4, Packet.Udp17, 1000, 53), out var flow));
        Assert.Equal(exit, flow.Node);
        Assert.Equal(Verdict.Redirect, _node.Run("from_uplink", other, Answer(port).Bytes()).Verdict);
        Assert.Equal(Verdict.Unspecified, _node.Run("from_uplink", UplinkIfindex, Answer(port).Bytes()).Verdict);
        Assert.Equal(2, _node.Flows.Count());
    }

    [Fact]
    public void A_route_that_leads_inside_now_takes_no_translated_connection_along()
    {
        Out(_node, B, Egress());
        _node.AddRoute(Vni, Client4, new() { Action = FlowAction.Remote, Vni = Vni, Node = Node2 });
        Announce(_node);
        Assert.NotEqual(DropReason.None, _node.Run("from_port", B, Egress().Bytes()).Reason);
        Assert.Equal(0, _node.Flows.Count());

        Assert.Equal(DropReason.None, _node.Run("from_port", B, Egress().Bytes()).Reason);
        Assert.True(_node.Flows.TryGet(Key(B4, Client4, Packet.Udp17, 1000, 53), out var flow));
        Assert.Equal((byte)FlowAction.Remote, flow.Action);

        // And the other way round.
        _node.RemoveRoute(Vni, Client4);
        Announce(_node);
        Assert.Equal(DropReason.None, _node.Run("from_port", B, Egress().Bytes()).Reason);
        Assert.True(_node.Flows.TryGet(Key(B4, Client4, Packet.Udp17, 1000, 53), out flow));
        Assert.Equal((byte)FlowAction.Uplink, flow.Action);
        Assert.Equal(2, _node.Flows.Count());
        Assert.True(_node.Usage.TryGet(2, out var usage));
        Assert.Equal(new PortUsage { Flows = 1, Translated = 1 }, usage);
    }

    [Fact]
    public void A_SYN_on_the_ports_of_a_connection_that_has_ended_begins_a_new_one()
    {
        var syn = Packet.Frame(MacB, Gateway).Ip(B4, Client4).Tcp(1000, 80, TcpFlags.Syn);
        Out(_node, B, syn);
        var port = _node.Flows.ReadAll().Single(flow => flow.Key.Vni == Vni).Value.Rewrite.SourcePort;
        In(_node, FromRouter.Ip(Client4, Host4).Tcp(80, port, TcpFlags.Rst));

        Out(_node, B, syn);

        Assert.Equal(2, _node.Flows.Count());
        Assert.All(_node.Flows.ReadAll(), flow => Assert.Equal(0, flow.Value.Flags & (byte)FlowFlags.Closing));
        Assert.True(_node.Usage.TryGet(2, out var usage));
        Assert.Equal(new PortUsage { Flows = 1, Translated = 1 }, usage);
        Assert.Equal(2ul, _node.Count(CounterId.FlowsCreated));
    }

    [Fact]
    public void What_has_lost_its_other_half_ends()
    {
        Out(_node, B, Egress());
        var answers = _node.Flows.ReadAll().Single(flow => flow.Key.Vni == External).Key;
        _node.Flows.Remove(answers);
        Announce(_node);

        Assert.Equal(DropReason.NoTranslation, _node.Run("from_port", B, Egress().Bytes()).Reason);
        Assert.Equal(0, _node.Flows.Count());
        Out(_node, B, Egress());
        Assert.True(_node.Usage.TryGet(2, out var usage));
        Assert.Equal(new PortUsage { Flows = 1, Translated = 1 }, usage);
    }

    static Packet Egress() => Packet.Frame(MacB, Gateway).Ip(B4, Client4).Udp(1000, 53).Data(7);

    static Packet Answer(ushort port) => FromRouter.Ip(Client4, Host4).Udp(53, port).Data(8);

    Rewrite Translated()
    {
        Assert.True(_node.Flows.TryGet(Key(B4, Client4, Packet.Udp17, 1000, 53), out var flow));
        return flow.Rewrite;
    }

    void AddSomething()
    {
        _node.AddFloating(External, "198.51.100.99", Vni, B4, IdOnLink);
        Announce(_node);
    }
}
