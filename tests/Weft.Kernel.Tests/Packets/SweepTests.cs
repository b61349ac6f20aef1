using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;
using SweepContext = Weft.Dataplane.Abi.Sweep;

namespace Weft.Kernel.Tests.Packets;

/// <summary>Connections that have gone quiet leave the table, both halves together.</summary>
public sealed class SweepTests : IDisposable
{
    readonly TestVrouter _node = NodeOne();

    public void Dispose() => _node.Dispose();

    static readonly FlowKey s_there = Key(A4, B4, Packet.Udp17, 1, 2), s_back = Key(B4, A4, Packet.Udp17, 2, 1);
    static readonly FlowKey s_tcpThere = Key(A4, B4, Packet.Tcp6, 1, 80), s_tcpBack = Key(B4, A4, Packet.Tcp6, 80, 1);

    [Fact]
    public void A_quiet_connection_goes_and_gives_its_share_back()
    {
        Send(A, MacA, p => p.Ip(A4, B4).Udp(1, 2));
        Send(A, MacA, p => p.Ip(A4, B4).Udp(3, 4));
        Quiet(61, s_there, s_back);

        Assert.Equal(new SweepContext { Visited = 4, Expired = 1 }, Visits(_node.Sweep()));
        Assert.Equal(2, _node.Flows.Count());
        Assert.True(_node.Usage.TryGet(1, out var usage));
        Assert.Equal(1ul, usage.Flows);
        Assert.Equal(1ul, _node.Count(CounterId.FlowsExpired));
    }

    [Fact]
    public void One_half_that_speaks_keeps_both()
    {
        Send(A, MacA, p => p.Ip(A4, B4).Udp(1, 2));
        Quiet(80, s_there);

        _node.Sweep();
        Assert.Equal(2, _node.Flows.Count());

        Quiet(80, s_back);
        _node.Sweep();
        Assert.Equal(0, _node.Flows.Count());
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(101, false)]
    public void An_established_TCP_connection_may_be_quiet_for_long(int seconds, bool stays)
    {
        Send(A, MacA, p => p.Ip(A4, B4).Tcp(1, 80, TcpFlags.Syn));
        Send(B, MacB, p => p.Ip(B4, A4).Tcp(80, 1, TcpFlags.Syn | TcpFlags.Ack));
        Quiet(seconds, s_tcpThere, s_tcpBack);

        _node.Sweep();

        Assert.Equal(stays ? 2 : 0, _node.Flows.Count());
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(31, false)]
    public void An_unanswered_SYN_may_not(int seconds, bool stays)
    {
        Send(A, MacA, p => p.Ip(A4, B4).Tcp(1, 80, TcpFlags.Syn));
        Quiet(seconds, s_tcpThere, s_tcpBack);

        _node.Sweep();

        Assert.Equal(stays ? 2 : 0, _node.Flows.Count());
    }

    [Fact]
    public void Nor_may_one_that_was_reset()
    {
        Send(A, MacA, p => p.Ip(A4, B4).Tcp(1, 80, TcpFlags.Syn));
        Send(B, MacB, p => p.Ip(B4, A4).Tcp(80, 1, TcpFlags.Syn | TcpFlags.Ack));
        Send(B, MacB, p => p.Ip(B4, A4).Tcp(80, 1, TcpFlags.Rst));
        Quiet(31, s_tcpThere, s_tcpBack);

        _node.Sweep();

        Assert.Equal(0, _node.Flows.Count());
    }

    [Fact]
    public void A_half_that_has_lost_its_other_half_goes_when_it_is_quiet()
    {
        Send(A, MacA, p => p.Ip(A4, B4).Udp(1, 2));
        _node.Flows.Remove(s_there);
        Assert.Equal(0ul, _node.Sweep().Orphans);

        Quiet(61, s_back);

        Assert.Equal(1ul, _node.Sweep().Orphans);
        Assert.Equal(0, _node.Flows.Count());
    }

    [Fact]
    public void Connections_to_services_and_other_nodes_go_as_pairs_too()
    {
        AddService(_node, Packet.Udp17, 4, 53);
        Send(A, MacA, p => p.Ip(A4, Gateway4).Udp(1, 53));
        Send(A, MacA, p => p.Ip(A4, C4).Udp(1, 2));
        Assert.Equal(4, _node.Flows.Count());
        Quiet(61, [.. _node.Flows.ReadAll().Select(f => f.Key)]);

        Assert.Equal(2ul, _node.Sweep().Expired);
        Assert.Equal(0, _node.Flows.Count());
    }

    // How many entries a walk sees depends on which half it meets first.
    static SweepContext Visits(SweepContext result) =>
        new() { Visited = result.Visited == 3 ? 4 : result.Visited, Expired = result.Expired, Orphans = result.Orphans };

    void Send(uint ifindex, string mac, Func<Packet, Packet> packet) => Assert.Equal(
        Verdict.Redirect, _node.Run("from_port", ifindex, packet(Packet.Frame(mac, Gateway)).Bytes()).Verdict);

    void Quiet(int seconds, params FlowKey[] keys)
    {
        foreach (var key in keys)
            _node.Age(key, TimeSpan.FromSeconds(seconds));
    }
}
