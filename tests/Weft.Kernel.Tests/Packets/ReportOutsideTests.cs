using System.Net;
using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.OutsideWorld;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Reports of connections that cross to the outside, or are balanced: what was asked for, and what became of it.</summary>
public sealed class ReportOutsideTests : IDisposable
{
    const string Virtual4 = "10.0.0.50", Virtual6 = "fd00::50";
    const uint Listener = 5, Pool = 6, Member = 7;

    readonly TestVrouter _node = Node();

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(A4, FloatingA4, Client4)]
    [InlineData(A6, FloatingA6, Client6)]
    public void To_a_floating_IP(string a, string floating, string client)
    {
        AllowIn(_node, OutsideWorld.IdA);
        In(_node, FromRouter.Ip(client, floating).Tcp(1000, 80, TcpFlags.Syn));
        Out(_node, A, Packet.Frame(MacA, Gateway).Ip(a, client).Tcp(80, 1000, TcpFlags.Syn | TcpFlags.Ack));

        var report = Told();

        Assert.Equal(Key(client, floating, Packet.Tcp6, 1000, 80, External), report.Key);
        Assert.Equal((a, (ushort)80), (report.Rewrite.Destination.ToString(), (ushort)report.Rewrite.DestinationPort));
        Assert.Equal(client, report.Rewrite.Source.ToString());
        Assert.Equal((UplinkIfindex, A, Vni, 1u), (report.Ifindex, report.ToIfindex, report.Vni, report.Port));
        Assert.Equal((1ul, 1ul, 1u, 1u), (report.Opener.Packets, report.Answers.Packets, report.Policy, report.Rule));
        Assert.NotEqual(0, report.FlowFlags & (byte)FlowFlags.Rewrite);
    }

    [Theory]
    [InlineData(B4, Host4, Client4)]
    [InlineData(B6, Host6, Client6)]
    public void Out_by_a_shared_address(string b, string host, string client)
    {
        Out(_node, B, Packet.Frame(MacB, Gateway).Ip(b, client).Udp(1000, 53));

        var report = Told();

        Assert.Equal(Key(b, client, Packet.Udp17, 1000, 53), report.Key);
        Assert.Equal((host, client), (report.Rewrite.Source.ToString(), report.Rewrite.Destination.ToString()));
        Assert.InRange((ushort)report.Rewrite.SourcePort, FirstPort, LastPort);
        Assert.Equal((B, 0u, External, ByRouter), (report.Ifindex, report.ToIfindex, report.Vni, report.Node));
        Assert.Equal(((byte)FlowAction.Uplink, (byte)(FlowFlags.Rewrite | FlowFlags.Bound | FlowFlags.Shared)), (report.Action, report.FlowFlags));
    }

    [Theory]
    [InlineData(A4, B4, Virtual4)]
    [InlineData(A6, B6, Virtual6)]
    public void To_a_virtual_IP_with_listener_and_member(string a, string b, string virtualIp)
    {
        _node.AddBalancer(Vni, virtualIp);
        _node.AddListener(Vni, virtualIp, Packet.Tcp6, 80, Listener, Pool);
        _node.AddBackend(Member, Vni, b, 8080);
        _node.AddPool(Pool, Balance.RoundRobin, 0, Member);
        _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(a, virtualIp).Tcp(1000, 80, TcpFlags.Syn).Bytes());

        var report = Told();

        Assert.Equal(Key(a, virtualIp, Packet.Tcp6, 1000, 80), report.Key);
        Assert.Equal((IPAddress.Parse(b), (ushort)8080), (report.Rewrite.Destination.ToIPAddress(), (ushort)report.Rewrite.DestinationPort));
        Assert.Equal((Listener, Member, B), (report.Listener, report.Backend, report.ToIfindex));
    }

    [Fact]
    public void What_leads_elsewhere_after_a_change_has_ended_and_says_so()
    {
        Out(_node, A, Packet.Frame(MacA, Gateway).Ip(A4, Client4).Udp(1000, 53));
        _node.AddTranslation(Vni, External, A4, FloatingB4);
        Announce(_node);
        _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, Client4).Udp(1000, 53).Bytes());

        var batch = _node.Reports().Take(10);

        // The data path itself has told it; the packet that found out is lost, and told as that.
        var report = Assert.Single(batch.Reports.ToArray());
        Assert.Equal(((byte)FlowEnd.Changed, 1ul), (report.End, report.Opener.Packets));
        Assert.Equal(FloatingA4, report.Rewrite.Source.ToString());
    }

    [Fact]
    public void A_port_of_the_outside_that_nobody_listens_at_is_a_denial()
    {
        _node.Run("from_uplink", UplinkIfindex, FromRouter.Ip(Client4, FloatingA4).Tcp(1000, 81, TcpFlags.Syn).Bytes());

        var report = Told();

        Assert.Equal((byte)ReportFlags.Denied, report.Flags);
        Assert.Equal((Key(Client4, FloatingA4, Packet.Tcp6, 0, 81, External), UplinkIfindex), (report.Key, report.Ifindex));
    }

    FlowReport Told()
    {
        _node.Sweep();
        return Assert.Single(_node.Reports().Take(10).Reports.ToArray());
    }
}
