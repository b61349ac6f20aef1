using System.Buffers.Binary;
using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Questions to the agent's services and their answers, addresses and checksums exact.</summary>
public sealed class ServiceTests : IDisposable
{
    const string Service4 = "169.254.169.1", Caller4 = "10.0.0.1", Service6 = "fd53::1", Caller6 = "fd54::1";

    readonly TestVrouter _node = NodeOne();

    public ServiceTests()
    {
        foreach (var protocol in (byte[])[Packet.Udp17, Packet.Tcp6])
            foreach (var family in (byte[])[4, 6])
                AddService(_node, protocol, family, 53);
    }

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(A4, Gateway4, Service4, Caller4, true)]
    [InlineData(A4, "9.9.9.9", Service4, Caller4, true)]
    [InlineData(A4, "9.9.9.9", Service4, Caller4, false)]
    [InlineData(A6, Gateway6, Service6, Caller6, true)]
    [InlineData(A6, "2001:db8:9::9", Service6, Caller6, true)]
    public void A_UDP_question_is_translated_and_its_answer_back(
        string a, string resolver, string service, string caller, bool checksum)
    {
        var asked = Packet.Frame(MacA, Gateway).Ip(a, resolver).Udp(5000, 53, checksum).Data(31);
        var question = _node.Run("from_port", A, asked.Bytes());
        Assert.Equal(Verdict.Redirect, question.Verdict);
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacService).Ip(caller, service).Udp(5000, 53, checksum).Data(31).Bytes(), question.Packet);

        var answered = Packet.Frame(MacService, Gateway).Ip(service, caller).Udp(53, 5000, checksum).Data(77);
        var answer = _node.Run("from_service", Service, answered.Bytes());
        Assert.Equal(Verdict.Redirect, answer.Verdict);
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacA).Ip(resolver, a).Udp(53, 5000, checksum).Data(77).Bytes(), answer.Packet);
    }

    [Fact]
    public void A_TCP_question_is_translated_and_its_answer_back()
    {
        var question = _node.Run("from_port", A,
            Packet.Frame(MacA, Gateway).Ip(A6, Gateway6).Tcp(5000, 53, TcpFlags.Syn).Bytes());
        PacketAssert.Equal(
            Packet.Frame(Gateway, MacService).Ip(Caller6, Service6).Tcp(5000, 53, TcpFlags.Syn).Bytes(), question.Packet);

        var answer = _node.Run("from_service", Service,
            Packet.Frame(MacService, Gateway).Ip(Service6, Caller6).Tcp(53, 5000, TcpFlags.Syn | TcpFlags.Ack).Bytes());
        PacketAssert.Equal(Packet.Frame(Gateway, MacA).Ip(Gateway6, A6)
            .Tcp(53, 5000, TcpFlags.Syn | TcpFlags.Ack).Bytes(), answer.Packet);
    }

    [Fact]
    public void Callers_of_overlapping_networks_are_told_apart()
    {
        var fromA = _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, Gateway4).Udp(5000, 53).Bytes());
        var fromTwin = _node.Run("from_port", Twin, Packet.Frame(MacTwin, Gateway).Ip(A4, Gateway4).Udp(5000, 53).Bytes());

        Assert.Equal([10, 0, 0, 1], fromA.Packet[26..30]);
        Assert.Equal([10, 0, 0, 3], fromTwin.Packet[26..30]);
        var answer = _node.Run("from_service", Service,
            Packet.Frame(MacService, Gateway).Ip(Service4, "10.0.0.3").Udp(53, 5000).Bytes());
        PacketAssert.Equal(Packet.Frame(Gateway, MacTwin).Ip(Gateway4, A4).Udp(53, 5000).Bytes(), answer.Packet);
    }

    [Fact]
    public void Two_resolvers_asked_from_one_source_port_both_answer()
    {
        string[] resolvers = ["8.8.8.8", "9.9.9.9", Gateway4];
        var ports = resolvers.ToDictionary(r => r, r => BinaryPrimitives.ReadUInt16BigEndian(
            _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, r).Udp(5000, 53).Data(3).Bytes()).Packet.AsSpan(34)));

        Assert.Equal(3, ports.Values.Distinct().Count());
        foreach (var resolver in resolvers)
        {
            var answer = _node.Run("from_service", Service,
                Packet.Frame(MacService, Gateway).Ip(Service4, Caller4).Udp(53, ports[resolver]).Data(5).Bytes());
            PacketAssert.Equal(
                Packet.Frame(Gateway, MacA).Ip(resolver, A4).Udp(53, 5000).Data(5).Bytes(), answer.Packet);
        }
    }

    [Fact]
    public void An_answer_to_nobodys_question_is_lost() =>
        Assert.Equal(DropReason.ServiceUnknown, _node.Run("from_service", Service,
            Packet.Frame(MacService, Gateway).Ip(Service4, Caller4).Udp(53, 5000).Bytes()).Reason);

    [Fact]
    public void A_container_that_serves_names_itself_is_left_alone()
    {
        var outcome = _node.Run("from_port", A, Packet.Frame(MacA, Gateway).Ip(A4, B4).Udp(5000, 53).Bytes());

        PacketAssert.Equal(Packet.Frame(Gateway, MacB).Ip(A4, B4).Udp(5000, 53).Bytes(), outcome.Packet);
    }

    [Fact]
    public void A_forged_source_cannot_ask() =>
        Assert.Equal(DropReason.SpoofedAddress, _node.Run("from_port", A,
            Packet.Frame(MacA, Gateway).Ip(B4, Gateway4).Udp(5000, 53).Bytes()).Reason);
}
