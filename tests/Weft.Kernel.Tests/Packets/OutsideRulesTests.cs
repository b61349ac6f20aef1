using System.Net;
using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.OutsideWorld;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>What rules say about connections across the border, and what holds where none fits.</summary>
public sealed class OutsideRulesTests : IDisposable
{
    const ulong Table = 0x7ab1e, Other = 0x07e4;

    readonly TestVrouter _node = Node();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void From_outside_to_a_floating_IP_nothing_passes_that_no_rule_allows()
    {
        Assert.Equal(DropReason.PolicyNoRule, FromOutside(80));
        Assert.Equal(0, _node.Flows.Count());

        AllowIn(_node, IdA);
        Assert.Equal(DropReason.None, FromOutside(80));
        Assert.Equal(1ul, _node.RuleCount(1, 1).Packets);
    }

    [Fact]
    public void A_way_out_is_the_permission_unless_a_rule_denies()
    {
        Assert.Equal(DropReason.None, ToOutside(80));

        _node.AddPolicy(IdA, IdOutside, Table);
        _node.AddVerdict(VerdictKey.OnePort(Table, 6, 81), Deny(DropReason.PolicyDenied));
        _node.AddVerdict(VerdictKey.OnePort(Table, 6, 82), Deny(DropReason.GroupDenied));
        _node.AddVerdict(VerdictKey.OnePort(Table, 6, 83), new() { DropReason = (byte)DropReason.PolicyNoRule });
        Assert.Equal(DropReason.PolicyDenied, ToOutside(81));
        Assert.Equal(DropReason.GroupDenied, ToOutside(82));
        Assert.Equal(DropReason.None, ToOutside(83));
        Assert.Equal(DropReason.None, ToOutside(84));
        Assert.Equal(2ul, _node.RuleCount(3, 4).Packets);
    }

    [Fact]
    public void Publishing_is_the_permission_unless_a_rule_denies()
    {
        foreach (ushort port in (ushort[])[8080, 8081])
            _node.AddFrontend(External, Host4, Packet.Tcp6, port, new()
            {
                Vni = Vni, Address = IPAddress.Parse(B4), Port = (ushort)(port - 8000), Flags = (byte)FrontendFlags.Published,
            });
        Assert.Equal(DropReason.None, Published(8080));

        // Rules look at the port's own number.
        _node.AddPolicy(IdOutside, IdB, Table);
        _node.AddVerdict(VerdictKey.OnePort(Table, 6, 81), Deny(DropReason.GroupDenied));
        Assert.Equal(DropReason.GroupDenied, Published(8081));
        Assert.Equal(DropReason.None, Published(8080));
    }

    [Fact]
    public void Where_rules_do_not_know_the_outside_yet_nothing_passes()
    {
        _node.AddRoute(External, "203.0.113.0/24", new() { Action = FlowAction.Uplink, Vni = External, Node = ByRouter });

        Assert.Equal(DropReason.PolicyNoRule, ToOutside(80));
    }

    [Fact]
    public void A_port_that_asks_a_floating_IP_on_its_node_is_asked_about_twice()
    {
        _node.AddFloating(External, FloatingB4, Vni, B4, IdOnLink);
        DropReason Ask(ushort port) => _node.Run(
            "from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, FloatingB4).Tcp(port, 80, TcpFlags.Syn).Bytes()).Reason;

        Assert.Equal(DropReason.PolicyNoRule, Ask(1));
        AllowIn(_node, IdB);
        Assert.Equal(DropReason.None, Ask(2));

        _node.AddPolicy(IdA, IdOnLink, Table);
        _node.AddVerdict(VerdictKey.OnePort(Table, 6, 80), Deny(DropReason.PolicyDenied));
        Assert.Equal(DropReason.PolicyDenied, Ask(3));

        _node.AddPolicy(IdA, IdOnLink, 0);
        _node.AddPolicy(IdOnLink, IdB, Other);
        _node.AddVerdict(VerdictKey.OnePort(Other, 6, 80), Deny(DropReason.GroupDenied));
        Assert.Equal(DropReason.GroupDenied, Ask(4));
    }

    [Fact]
    public void A_rejected_port_is_told_and_the_outside_is_not()
    {
        _node.AddPolicy(IdA, IdOutside, Table);
        _node.AddPolicy(IdOutside, IdA, Table);
        _node.AddVerdict(VerdictKey.AnyProtocol(Table), Deny(DropReason.PolicyDenied) with { Flags = (byte)VerdictFlags.Reject });

        var inside = _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, Client4).Tcp(1, 2, TcpFlags.Syn).Bytes());
        Assert.Equal((Verdict.Redirect, DropReason.PolicyDenied), (inside.Verdict, inside.Reason));
        var outside = _node.Run("from_uplink", UplinkIfindex, FromRouter.Ip(Client4, FloatingA4).Tcp(1, 2, TcpFlags.Syn).Bytes());
        Assert.Equal((Verdict.Shot, DropReason.PolicyDenied), (outside.Verdict, outside.Reason));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_live_connection_ends_with_its_permission_and_goes_on_with_the_next(bool answers)
    {
        AllowIn(_node, IdA);
        Assert.Equal(DropReason.None, FromOutside(80));
        DropReason Next() => answers
            ? _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, Client4).Tcp(80, 5000, TcpFlags.Ack).Bytes()).Reason
            : _node.Run("from_uplink", UplinkIfindex, FromRouter.Ip(Client4, FloatingA4).Tcp(5000, 80, TcpFlags.Ack).Bytes()).Reason;

        _node.RemovePolicy(IdOutside, IdA);
        Announce(_node);
        Assert.Equal(DropReason.PolicyNoRule, Next());
        Assert.Equal(DropReason.PolicyNoRule, Next());

        AllowIn(_node, IdA);
        Announce(_node);
        Assert.Equal(DropReason.None, Next());
        Assert.Equal(2, _node.Flows.Count());
        Assert.Equal(1ul, _node.Count(CounterId.FlowsCreated));
    }

    static VerdictEntry Deny(DropReason reason) => new() { DropReason = (byte)reason, Policy = 3, Rule = 4 };

    DropReason FromOutside(ushort port) =>
        _node.Run("from_uplink", UplinkIfindex, FromRouter.Ip(Client4, FloatingA4).Tcp(5000, port, TcpFlags.Syn).Bytes()).Reason;

    DropReason Published(ushort port) =>
        _node.Run("from_uplink", UplinkIfindex, FromRouter.Ip(Client4, Host4).Tcp(5000, port, TcpFlags.Syn).Bytes()).Reason;

    DropReason ToOutside(ushort port) =>
        _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, Client4).Tcp(5000, port, TcpFlags.Syn).Bytes()).Reason;
}
