using System.Net;
using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>The agent's questions whether a port is well, and what ports answer, addresses and checksums exact.</summary>
public sealed class ProbeTests : IDisposable
{
    const string Service4 = "169.254.169.1", Probe4 = "100.64.0.1", Service6 = "fd53::1", Probe6 = "fd55::1";

    readonly TestVrouter _node = NodeOne();

    public ProbeTests()
    {
        Add(Probe4, A4, Gateway4);
        Add(Probe6, A6, Gateway6);
    }

    public void Dispose() => _node.Dispose();

    void Add(string probe, string address, string gateway, uint ifindex = A, uint vni = Vni) =>
        _node.Map<Address, Probe>("weft_probes").Set(
            IPAddress.Parse(probe), new() { Address = IPAddress.Parse(address), Source = IPAddress.Parse(gateway), Vni = vni, Ifindex = ifindex });

    Outcome FromService(Packet packet) => _node.Run("from_service", Service, packet.Bytes());

    static Packet ToProbe(string probe) => Packet.Frame(MacService, Gateway).Ip(probe == Probe4 ? Service4 : Service6, probe);

    Outcome FromPort(Packet packet) => _node.Run("from_port", A, packet.Bytes());

    [Theory]
    [InlineData(Probe4, Service4, A4, Gateway4)]
    [InlineData(Probe6, Service6, A6, Gateway6)]
    public void A_connection_comes_from_the_gateway_and_its_answers_go_back(string probe, string service, string port, string gateway)
    {
        var asked = FromService(ToProbe(probe).Tcp(40000, 8080, TcpFlags.Syn));
        Assert.Equal(Verdict.Redirect, asked.Verdict);
        PacketAssert.Equal(Packet.Frame(Gateway, MacA).Ip(gateway, port).Tcp(40000, 8080, TcpFlags.Syn).Bytes(), asked.Packet);

        var answered = FromPort(Packet.Frame(MacA, Gateway).Ip(port, gateway).Tcp(8080, 40000, TcpFlags.Syn | TcpFlags.Ack));
        Assert.Equal(Verdict.Redirect, answered.Verdict);
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacService).Ip(probe, service).Tcp(8080, 40000, TcpFlags.Syn | TcpFlags.Ack).Bytes(), answered.Packet);

        var sent = FromService(ToProbe(probe).Tcp(40000, 8080, TcpFlags.Ack).Data(9));
        PacketAssert.Equal(Packet.Frame(Gateway, MacA).Ip(gateway, port).Tcp(40000, 8080, TcpFlags.Ack).Data(9).Bytes(), sent.Packet);
    }

    [Fact]
    public void An_echo_is_asked_for_and_answered()
    {
        var asked = FromService(ToProbe(Probe4).Echo(77));
        PacketAssert.Equal(Packet.Frame(Gateway, MacA).Ip(Gateway4, A4).Echo(77).Bytes(), asked.Packet);

        var answered = FromPort(Packet.Frame(MacA, Gateway).Ip(A4, Gateway4).Echo(77, reply: true));
        PacketAssert.Equal(Packet.Frame(Gateway, MacService).Ip(Probe4, Service4).Echo(77, reply: true).Bytes(), answered.Packet);
    }

    [Fact]
    public void A_change_of_the_network_meanwhile_does_not_lose_the_answer()
    {
        FromService(ToProbe(Probe4).Tcp(40000, 8080, TcpFlags.Syn));
        _node.RaiseGenerations(Vni);

        var answered = FromPort(Packet.Frame(MacA, Gateway).Ip(A4, Gateway4).Tcp(8080, 40000, TcpFlags.Syn | TcpFlags.Ack));

        Assert.Equal(Verdict.Redirect, answered.Verdict);
        Assert.Equal(IPAddress.Parse(Probe4).GetAddressBytes(), answered.Packet[26..30]);
    }

    [Fact]
    public void Nobody_pays_for_it()
    {
        FromService(ToProbe(Probe4).Tcp(40000, 8080, TcpFlags.Syn));

        Assert.Equal(2, _node.Flows.Count());
        Assert.False(_node.Usage.TryGet(1, out _));
    }

    [Fact]
    public void An_address_that_stands_for_nobody_leads_nowhere() =>
        Assert.Equal(DropReason.ServiceUnknown, DropOf(FromService(Packet.Frame(MacService, Gateway).Ip(Service4, "100.64.0.9").Tcp(40000, 8080, TcpFlags.Syn))));

    [Theory]
    [InlineData(A, OtherVni)]
    [InlineData(99, Vni)]
    public void A_port_that_is_another_by_now_is_not_asked(uint ifindex, uint vni)
    {
        Add(Probe4, A4, Gateway4, ifindex, vni);

        Assert.Equal(DropReason.ServiceUnknown, DropOf(FromService(ToProbe(Probe4).Tcp(40000, 8080, TcpFlags.Syn))));
    }

    [Fact]
    public void A_closed_port_is_not_asked()
    {
        _node.AddPort(A, id: 1, Vni, MacA, [A4], flags: 0);

        Assert.Equal(DropReason.ServiceUnknown, DropOf(FromService(ToProbe(Probe4).Tcp(40000, 8080, TcpFlags.Syn))));
    }

    [Fact]
    public void Another_port_cannot_answer_in_its_place()
    {
        FromService(ToProbe(Probe4).Tcp(40000, 8080, TcpFlags.Syn));

        var answered = _node.Run("from_port", B, Packet.Frame(MacB, Gateway).Ip(A4, Gateway4).Tcp(8080, 40000, TcpFlags.Syn | TcpFlags.Ack).Bytes());

        Assert.Equal(DropReason.SpoofedAddress, DropOf(answered));
    }

    static DropReason DropOf(Outcome run)
    {
        Assert.Equal(Verdict.Shot, run.Verdict);
        return run.Reason;
    }
}
