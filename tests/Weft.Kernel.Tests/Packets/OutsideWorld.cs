using System.Net;
using Weft.Dataplane.Abi;
using Weft.Model.Addressing;
using static Weft.Kernel.Tests.Packets.World;

namespace Weft.Kernel.Tests.Packets;

/// <summary>
/// <see cref="World"/>'s node 1 with an uplink to an external network. Where no rule fits, ports may go out.
/// <code>
///   a: outside it is its floating IP, both ways         b: outside it is the host's address, with ports 61000 to 61003
///   outside: the client by a router, the neighbour on the link
/// </code>
/// </summary>
static class OutsideWorld
{
    internal const uint UplinkIfindex = 41, External = 900;
    internal const uint ByRouter = 1, OnLink = 2;
    internal const string MacUplink = "02:00:00:00:00:41", MacRouter = "02:00:00:00:00:fe";
    internal const string Host4 = "198.51.100.1", FloatingA4 = "198.51.100.10", FloatingB4 = "198.51.100.11";
    internal const string Host6 = "2001:db8:100::1", FloatingA6 = "2001:db8:100::10", FloatingB6 = "2001:db8:100::11";
    internal const string Client4 = "203.0.113.9", Neighbour4 = "198.51.100.77", Router4 = "198.51.100.254";
    internal const string Client6 = "2001:db8:200::9", Neighbour6 = "2001:db8:100::77", Router6 = "2001:db8:100::fe";
    internal const ushort FirstPort = 61000, LastPort = 61003;
    internal const ulong IdA = 0xa1, IdB = 0xb2, IdOutside = 0xe0, IdOnLink = 0xe1;

    /// <summary>A table that allows everything, by policy 1, rule 1.</summary>
    internal const ulong Open = 0x1111_0000_ffff_0001;

    internal static TestVrouter Node(uint maxConnections = 0, uint flows = 1024, uint mtu = 1500)
    {
        var node = NodeOne(flows);
        node.AddPort(A, id: 1, Vni, MacA, [A4, A6], identity: IdA);
        node.AddPort(B, id: 2, Vni, MacB, [B4, B6], identity: IdB);
        node.AddInterface(UplinkIfindex);
        AddExternal(node, mtu);
        foreach (var (address, floating) in new[] { (A4, FloatingA4), (A6, FloatingA6) })
        {
            node.AddFloating(External, floating, Vni, address, IdOnLink);
            node.AddTranslation(Vni, External, address, floating);
        }
        node.AddTranslation(Vni, External, "0.0.0.0", Host4, FirstPort, LastPort, maxConnections);
        node.AddTranslation(Vni, External, "::", Host6, FirstPort, LastPort, maxConnections);
        node.AddVerdict(VerdictKey.AnyProtocol(Open), VerdictEntry.Allow(1, 1));
        return node;
    }

    /// <summary>Lets everything outside open everything to a port.</summary>
    internal static void AllowIn(TestVrouter node, ulong identity)
    {
        node.AddPolicy(IdOutside, identity, Open);
        node.AddPolicy(IdOnLink, identity, Open);
    }

    /// <summary>Live flows ask again, as after a change.</summary>
    internal static void Announce(TestVrouter node) => node.RaiseGenerations(Vni, External);

    /// <summary>A frame of the link that is addressed to this node.</summary>
    internal static Packet FromRouter => Packet.Frame(MacRouter, MacUplink);

    /// <summary>A port's packet as it leaves: the kernel finds the neighbour and writes both MACs after the program has ended.</summary>
    internal static byte[] Out(TestVrouter node, uint ifindex, Packet packet) =>
        Redirected(node.Run("from_port", ifindex, packet.Bytes()));

    internal static byte[] In(TestVrouter node, Packet packet) => Redirected(node.Run("from_uplink", UplinkIfindex, packet.Bytes()));

    static byte[] Redirected(Outcome outcome)
    {
        Assert.Equal((Verdict.Redirect, DropReason.None), (outcome.Verdict, outcome.Reason));
        return outcome.Packet;
    }

    static void AddExternal(TestVrouter node, uint mtu)
    {
        node.Map<uint, NetworkEntry>("weft_networks").Set(External, new() { Flags = (uint)NetworkFlags.External });
        node.Map<uint, Uplink>("weft_uplinks").Set(UplinkIfindex, new() { Vni = External, Mtu = mtu, Mac = MacAddress.Parse(MacUplink) });
        var exits = node.Map<uint, Exit>("weft_exits");
        exits.Set(ByRouter, new() { NextHop = IPAddress.Parse(Router4), Ifindex = UplinkIfindex, Mtu = mtu, Vni = External });
        exits.Set(OnLink, new() { Ifindex = UplinkIfindex, Mtu = mtu, Vni = External });
        foreach (var (everything, onLink, host) in new[] { ("0.0.0.0/0", "198.51.100.0/24", Host4), ("::/0", "2001:db8:100::/64", Host6) })
        {
            node.AddRoute(Vni, everything, new() { Action = FlowAction.Outside, Vni = External });
            node.AddRoute(External, everything, new() { Action = FlowAction.Uplink, Vni = External, Node = ByRouter, Identity = IdOutside });
            node.AddRoute(External, onLink, new() { Action = FlowAction.Uplink, Vni = External, Node = OnLink, Identity = IdOnLink });
            node.AddRoute(External, host, new() { Action = FlowAction.Host, Vni = External, Identity = IdOnLink });
        }
    }
}
