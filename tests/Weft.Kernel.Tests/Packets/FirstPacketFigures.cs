using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.RuleWorld;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>What a decision costs. Figures are printed; only gross failure fails.</summary>
public sealed class FirstPacketFigures : IDisposable
{
    const int Times = 1_000_000, Rules = 10_000;
    const ulong Table = 42;
    const byte Tcp = Packet.Tcp6;

    // A full table of flows: each packet is decided as if it were a first one.
    readonly TestVrouter _node = One(flows: 2);

    public FirstPacketFigures()
    {
        _node.AddPort(A, id: 1, Vni, Gateway, [A4], identity: IdA);
        _node.Feed("from_port", A, Syn(B4, 9));
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public void Decisions_do_not_depend_on_the_number_of_rules()
    {
        _node.AddPolicy(IdA, IdD, Table);
        _node.AddVerdict(VerdictKey.OnePort(Table, Tcp, 80), VerdictEntry.Allow(1, 1));
        var inside = Time(B4);
        var few = Time(D4);
        for (var i = 0; i < Rules; i++)
        {
            _node.AddVerdict(VerdictKey.OnePort(Table, Tcp, (ushort)(1000 + i)), VerdictEntry.Allow(1, 2));
            _node.AddVerdict(VerdictKey.OnePort(1000 + (ulong)i, Tcp, 80), VerdictEntry.Allow(1, 3));
            _node.AddPolicy(IdA, 1000 + (ulong)i, 1000 + (ulong)i);
        }
        var many = Time(D4);
        _node.RemovePolicy(IdA, IdD);
        var denied = Time(D4);

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"ns for each decision: inside a network {inside}, between two with 1 rule {few}, with {Rules} rules and as many "
            + $"tables and pairs {many}, denied without a pair {denied}");
        Assert.True(many < few * 5, $"{many} ns with many rules, {few} ns with one");
    }

    double Time(string destination)
    {
        _node.Repeat("from_port", A, Syn(destination, 80), Times / 10);
        return Enumerable.Range(0, 3).Min(_ => _node.Repeat("from_port", A, Syn(destination, 80), Times).TotalNanoseconds);
    }

    static byte[] Syn(string destination, ushort port) =>
        Packet.Frame(Gateway, Gateway).Ip(A4, destination).Tcp(1000, port, TcpFlags.Syn).Bytes();
}
