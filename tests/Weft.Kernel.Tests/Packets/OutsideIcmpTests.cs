using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.OutsideWorld;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>ICMP errors about translated packets, byte for byte: as if the error were about what its receiver knows.</summary>
public sealed class OutsideIcmpTests : IDisposable
{
    readonly TestVrouter _node = Node();

    public OutsideIcmpTests() => AllowIn(_node, IdA);

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(A, MacA, A4, FloatingA4, Client4, Router4)]
    [InlineData(A, MacA, A6, FloatingA6, Client6, Router6)]
    [InlineData(B, MacB, B4, Host4, Client4, Router4)]
    [InlineData(B, MacB, B6, Host6, Client6, Router6)]
    public void An_error_from_outside_about_a_ports_packet_comes_to_the_port(
        uint ifindex, string mac, string port, string outside, string client, string router)
    {
        var v6 = port.Contains(':', StringComparison.Ordinal);
        foreach (var protocol in (string[])["udp", "udp without checksum", "tcp", "echo"])
        {
            var sent = Transport(Packet.Frame(mac, Gateway).Ip(port, client), protocol).Bytes();
            var left = _node.Run("from_port", ifindex, sent).Packet;
            foreach (var (speaker, quoted) in from speaker in (string[])[router, client] from quoted in (int[])[8, 20, 88] select (speaker, quoted))
                PacketAssert.Equal(
                    Error(Packet.Frame(Gateway, mac).Ip(speaker, port), v6, Quote(sent, v6, quoted)).Bytes(),
                    In(_node, Error(FromRouter.Ip(speaker, outside), v6, Quote(left, v6, quoted))));
        }
        Assert.Equal(6, _node.Flows.Count()); // both kinds of UDP are one connection
    }

    [Theory]
    [InlineData(false, "udp")]
    [InlineData(true, "udp")]
    [InlineData(false, "tcp")]
    [InlineData(true, "tcp")]
    public void An_error_of_a_port_about_what_came_from_outside_goes_to_the_client(bool v6, string protocol)
    {
        var (client, floating, a) = v6 ? (Client6, FloatingA6, A6) : (Client4, FloatingA4, A4);
        var sent = Transport(FromRouter.Ip(client, floating), protocol).Bytes();
        var arrived = _node.Run("from_uplink", UplinkIfindex, sent).Packet;

        var error = Out(_node, A, Error(Packet.Frame(MacA, Gateway).Ip(a, client), v6, Quote(arrived, v6, 64)));

        PacketAssert.Equal(Error(Packet.Frame(MacA, Gateway).Ip(floating, client), v6, Quote(sent, v6, 64)).Bytes(), error);
        Assert.Equal(2, _node.Flows.Count());
    }

    [Fact]
    public void What_does_not_fit_on_the_way_back_is_told_to_the_client_by_a_router()
    {
        Out(_node, A, Packet.Frame(MacA, Gateway).Ip(A4, Client4).Udp(1000, 53));
        var left = Packet.Frame(MacUplink, MacRouter).Ip(FloatingA4, Client4).Udp(1000, 53).Data(1400).Bytes();

        var error = In(_node, FromRouter.Ip(Router4, FloatingA4).Icmp(3, 4, 1280).Raw(left[14..(14 + 28)]));

        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(Router4, A4).Icmp(3, 4, 1280)
                .Raw(Packet.Frame(MacA, Gateway).Ip(A4, Client4).Udp(1000, 53).Data(1400).Bytes()[14..(14 + 28)]).Bytes(),
            error);
    }

    [Fact]
    public void An_error_about_a_translated_packet_inside_of_the_node_reaches_its_sender()
    {
        _node.AddFloating(External, FloatingB4, Vni, B4, IdOnLink);
        AllowIn(_node, IdB);
        var sent = Packet.Frame(MacA, Gateway).Ip(A4, FloatingB4).Udp(1000, 53).Data(5).Bytes();
        var arrived = _node.Run("from_port", A, sent).Packet;

        var error = Out(_node, B, Packet.Frame(MacB, Gateway).Ip(B4, FloatingA4).Icmp(3, 3).Raw(arrived[14..]));

        PacketAssert.Equal(Packet.Frame(Gateway, MacA).Ip(FloatingB4, A4).Icmp(3, 3).Raw(sent[14..]).Bytes(), error);
    }

    [Fact]
    public void An_error_about_nothing_that_is_known_does_not_cross()
    {
        var quoted = Packet.Frame(MacA, MacB).Ip(FloatingA4, Client4).Udp(7, 8).Bytes()[14..];
        Assert.Equal(DropReason.RewriteFailed,
            _node.Run("from_uplink", UplinkIfindex, FromRouter.Ip(Router4, FloatingA4).Icmp(3, 1).Raw(quoted).Bytes()).Reason);
        Assert.Equal(DropReason.RewriteFailed,
            _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, Client4).Icmp(3, 1).Raw(quoted).Bytes()).Reason);
        Assert.Equal(0, _node.Flows.Count());
    }

    [Fact]
    public void A_port_cannot_speak_as_a_router_about_its_own_connection()
    {
        Out(_node, A, Packet.Frame(MacA, Gateway).Ip(A4, Client4).Udp(1000, 53));
        var answer = Packet.Frame(MacRouter, MacUplink).Ip(Client4, A4).Udp(53, 1000).Bytes()[14..];

        Assert.NotEqual(DropReason.None,
            _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip("192.0.2.99", Client4).Icmp(3, 1).Raw(answer).Bytes()).Reason);
    }

    static Packet Transport(Packet ip, string protocol) => protocol switch
    {
        "udp" => ip.Udp(1000, 53).Data(80),
        "udp without checksum" => ip.Udp(1000, 53, checksum: false).Data(80),
        "tcp" => ip.Tcp(1000, 80, TcpFlags.Syn).Data(80),
        _ => ip.Echo(1000).Data(80),
    };

    static Packet Error(Packet ip, bool v6, byte[] quoted) => ip.Icmp((byte)(v6 ? 1 : 3), (byte)(v6 ? 4 : 1)).Raw(quoted);

    static byte[] Quote(byte[] frame, bool v6, int transport) => frame[14..(14 + (v6 ? 40 : 20) + transport)];
}
