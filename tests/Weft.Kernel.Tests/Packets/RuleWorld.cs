using Weft.Dataplane.Abi;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>
/// <see cref="World"/> with a second network that is joined to the first one, over both nodes.
/// <code>
///   network 100: a 10.0.0.2, b 10.0.0.3 (node 1), c 10.0.0.4 (node 2)
///   network 300: d 10.3.0.2 (node 1), e 10.3.0.3 (node 2)
/// </code>
/// The twin of a, in network 200, is joined to nothing. Nothing is allowed between 100 and 300 until a test says so.
/// </summary>
static class RuleWorld
{
    internal const uint Db = 300;
    internal const string MacD = "02:00:00:00:00:1d", MacE = "02:00:00:00:00:1e";
    internal const string D4 = "10.3.0.2", E4 = "10.3.0.3", DbGateway4 = "10.3.0.1";
    internal const string D6 = "fd03::2", E6 = "fd03::3", DbGateway6 = "fd03::1";
    internal const ulong IdA = 0xa1, IdB = 0xb2, IdC = 0xc3, IdD = 0xd4, IdE = 0xe5;

    /// <summary>A table that allows everything, by policy 1, rule 1.</summary>
    internal const ulong Open = 0x1111_0000_ffff_0001;

    internal static TestVrouter One(ulong guard = 0, uint flows = 1024)
    {
        var node = NodeOne(flows);
        node.AddPort(A, id: 1, Vni, MacA, [A4, A6], identity: IdA | guard);
        node.AddPort(B, id: 2, Vni, MacB, [B4, B6], identity: IdB);
        AddNetworks(node);
        node.AddPort(D, id: 4, Db, MacD, [D4, D6], identity: IdD);
        Lead(node, Vni, Node2, IdC, C4, C6);
        Lead(node, Db, Node2, IdE, E4, E6);
        return node;
    }

    internal static TestVrouter Two(bool fabricV6 = false)
    {
        var node = NodeTwo(fabricV6);
        node.AddPort(C, id: 1, Vni, MacC, [C4, C6], identity: IdC);
        AddNetworks(node);
        node.AddPort(E, id: 2, Db, MacE, [E4, E6], identity: IdE);
        Lead(node, Vni, Node1, IdA, A4, A6);
        Lead(node, Vni, Node1, IdB, B4, B6);
        Lead(node, Db, Node1, IdD, D4, D6);
        return node;
    }

    internal static void Lead(TestVrouter node, uint vni, uint number, ulong identity, params string[] addresses)
    {
        foreach (var address in addresses)
            node.AddRoute(vni, address, new() { Action = FlowAction.Remote, Vni = vni, Node = number, Identity = identity });
    }

    /// <summary>Lets an identity open everything to another.</summary>
    internal static void Allow(TestVrouter node, ulong source, ulong destination) => node.AddPolicy(source, destination, Open);

    /// <summary>Live flows ask again, as after a change.</summary>
    internal static void Announce(TestVrouter node) => node.RaiseGenerations(Vni, Db);

    static void AddNetworks(TestVrouter node)
    {
        node.AddNetwork(Db, DbGateway4, DbGateway6);
        node.Join(Vni, "10.3.0.0/24", Db);
        node.Join(Vni, "fd03::/64", Db);
        node.Join(Db, "10.0.0.0/24", Vni);
        node.Join(Db, "fd00::/64", Vni);
        node.AddVerdict(VerdictKey.AnyProtocol(Open), VerdictEntry.Allow(1, 1));
    }
}
