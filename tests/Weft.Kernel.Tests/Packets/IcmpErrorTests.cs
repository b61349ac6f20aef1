using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>What cannot go on is told to its sender, byte for byte, and the gateway answers echo.</summary>
public sealed class IcmpErrorTests : IDisposable
{
    const byte InternetworkControl = 0xc0;
    const int Mtu = 1450;

    readonly TestVrouter _node = NodeOne();

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(520)]
    [InlineData(1400)]
    public void No_route_is_unreachable(int bytes)
    {
        var sent = Packet.Frame(MacA, Gateway).Ip(A4, Nobody4).Udp(1, 2).Data(bytes).Bytes();

        var outcome = _node.Run("from_port", A, sent);

        Assert.Equal((Verdict.Redirect, DropReason.NoRoute), (outcome.Verdict, outcome.Reason));
        PacketAssert.Equal(ErrorV4(3, 1, 0, sent), outcome.Packet);
        Assert.Equal(1ul, _node.Count(CounterId.IcmpErrorsSent));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(1184)]
    [InlineData(1185)]
    [InlineData(1400)]
    public void No_route_is_unreachable_in_IPv6(int bytes)
    {
        var sent = Packet.Frame(MacA, Gateway).Ip(A6, Nobody6).Udp(1, 2).Data(bytes).Bytes();

        var outcome = _node.Run("from_port", A, sent);

        Assert.Equal((Verdict.Redirect, DropReason.NoRoute), (outcome.Verdict, outcome.Reason));
        PacketAssert.Equal(ErrorV6(1, 0, 0, sent), outcome.Packet);
    }

    [Fact]
    public void What_does_not_fit_the_fabric_is_too_large()
    {
        var v4 = Packet.Frame(MacA, Gateway).Ip(A4, C4).Udp(1, 2).Data(Mtu - 28 + 1).Bytes();
        var v6 = Packet.Frame(MacA, Gateway).Ip(A6, C6).Udp(1, 2).Data(Mtu - 48 + 1).Bytes();

        var outcome = _node.Run("from_port", A, v4);
        Assert.Equal((Verdict.Redirect, DropReason.TooLarge), (outcome.Verdict, outcome.Reason));
        PacketAssert.Equal(ErrorV4(3, 4, Mtu, v4), outcome.Packet);

        outcome = _node.Run("from_port", A, v6);
        Assert.Equal((Verdict.Redirect, DropReason.TooLarge), (outcome.Verdict, outcome.Reason));
        PacketAssert.Equal(ErrorV6(2, 0, Mtu, v6), outcome.Packet);
    }

    [Fact]
    public void What_just_fits_is_sent()
    {
        var fits = Packet.Frame(MacA, Gateway).Ip(A4, C4).Udp(1, 2).Data(Mtu - 28).Bytes();

        var outcome = _node.Run("from_port", A, fits);

        Assert.Equal((Verdict.Redirect, DropReason.None), (outcome.Verdict, outcome.Reason));
        Assert.Equal(fits.Length + 50, outcome.Packet.Length);
    }

    [Fact]
    public void A_train_of_segments_is_measured_by_the_segment()
    {
        var train = Packet.Frame(MacA, Gateway).Ip(A4, C4).Tcp(1, 2, TcpFlags.Ack).Data(3000).Bytes();

        Assert.Equal(DropReason.TooLarge, _node.Run("from_port", A, train, gsoSize: Mtu - 40 + 1).Reason);
        Assert.NotEqual(DropReason.TooLarge, _node.Run("from_port", A, train, gsoSize: Mtu - 40).Reason);
    }

    [Fact]
    public void No_error_answers_an_error_a_later_fragment_or_a_link_local_sender()
    {
        var quoted = Packet.Frame(MacA, Gateway).Ip(Nobody4, A4).Udp(1, 2).Bytes()[14..];
        Packet[] silent =
        [
            Packet.Frame(MacA, Gateway).Ip(A4, Nobody4).Icmp(3, 3).Raw(quoted),
            Packet.Frame(MacA, Gateway).Ip(A6, Nobody6).Icmp(1, 4).Data(48),
            Packet.Frame(MacA, Gateway).IPv4(A4, Nobody4, fragment: 10, protocol: Packet.Udp17).Data(30),
        ];
        foreach (var packet in silent)
        {
            var outcome = _node.Run("from_port", A, packet.Bytes());
            Assert.Equal((Verdict.Shot, DropReason.NoRoute), (outcome.Verdict, outcome.Reason));
        }
        Assert.Equal(0ul, _node.Count(CounterId.IcmpErrorsSent));
    }

    [Fact]
    public void A_flood_gets_few_errors_and_the_rest_is_counted()
    {
        var sent = Packet.Frame(MacA, Gateway).Ip(A4, Nobody4).Udp(1, 2).Bytes();
        const int flood = 5000;
        for (var i = 0; i < flood; i++)
            _node.Feed("from_port", A, sent);

        var (answered, limited) = (_node.Count(CounterId.IcmpErrorsSent), _node.Count(CounterId.IcmpErrorsLimited));
        Assert.Equal((ulong)flood, answered + limited);
        Assert.True(limited > 0, $"{answered} errors were sent");
    }

    [Theory]
    [InlineData(A4, Gateway4)]
    [InlineData(A6, Gateway6)]
    public void The_gateway_answers_echo(string a, string gateway)
    {
        var outcome = _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(a, gateway).Echo(77).Data(56).Bytes());

        Assert.Equal((Verdict.Redirect, DropReason.None), (outcome.Verdict, outcome.Reason));
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(gateway, a).Echo(77, reply: true).Data(56).Bytes(), outcome.Packet);
    }

    [Fact]
    public void The_gateway_answers_echo_to_its_own_network_only()
    {
        var forged = Packet.Frame(MacA, Gateway).Ip(B4, Gateway4).Echo(77).Bytes();

        Assert.Equal(DropReason.SpoofedAddress, _node.Run("from_port", A, forged).Reason);
    }

    [Fact]
    public void The_gateway_has_no_other_services()
    {
        var v4 = Packet.Frame(MacA, Gateway).Ip(A4, Gateway4).Tcp(1, 22, TcpFlags.Syn).Bytes();
        var v6 = Packet.Frame(MacA, Gateway).Ip(A6, Gateway6).Udp(1, 22).Bytes();

        PacketAssert.Equal(ErrorV4(3, 3, 0, v4), _node.Run("from_port", A, v4).Packet);
        PacketAssert.Equal(ErrorV6(1, 4, 0, v6), _node.Run("from_port", A, v6).Packet);
    }

    static byte[] ErrorV4(byte type, byte code, uint mtu, byte[] about) => Packet.Frame(Gateway, MacA)
        .IPv4(Gateway4, A4, InternetworkControl).Icmp(type, code, mtu).Raw(Quote(about, 576 - 28)).Bytes();

    static byte[] ErrorV6(byte type, byte code, uint mtu, byte[] about) => Packet.Frame(Gateway, MacA)
        .Ip(Gateway6, A6).Icmp(type, code, mtu).Raw(Quote(about, 1280 - 48)).Bytes();

    static byte[] Quote(byte[] frame, int most) => frame[14..Math.Min(frame.Length, 14 + most)];
}
