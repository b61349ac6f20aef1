using System.Net;
using System.Net.Sockets;
using Weft.Linux;

namespace Weft.Kernel.Tests.Outside;

/// <summary>An Ethernet segment: a bridge in a namespace of its own.</summary>
sealed class Segment
{
    const string Bridge = "br0";

    readonly TestNamespace _switch;
    int _plugs;

    internal Segment(Topology topology, string label)
    {
        _switch = topology.Container(label);
        _switch.Netlink.CreateLink(new BridgeSpec { Name = Bridge, Up = true });
    }

    /// <summary>Gives a namespace an interface here.</summary>
    /// <param name="ns">Who gets it.</param>
    /// <param name="name">Of the interface there.</param>
    /// <param name="mtu">Of both ends of its cable, bytes of L3.</param>
    /// <param name="addresses"><c>address/length</c>.</param>
    internal void Plug(TestNamespace ns, string name, int mtu, params string[] addresses)
    {
        var plug = $"plug{++_plugs}";
        _switch.Netlink.Submit(new NetlinkBatch()
            .CreateLink(new VethSpec { Name = plug, PeerName = name, PeerNamespace = ns.Ns, Mtu = mtu })
            .UpdateLink(plug, new LinkUpdate { Master = _switch.Netlink.GetLink(Bridge).Index, LinkLocalAddress = false })
            .SetUp(plug));
        var link = ns.Netlink.GetLink(name);
        ns.Netlink.Submit(new NetlinkBatch().UpdateLink(link, new LinkUpdate { Mtu = mtu }).SetUp(link));
        foreach (var address in addresses)
            Address(ns, name, address);
    }

    internal static void Address(TestNamespace ns, string name, string text)
    {
        var address = IPAddress.Parse(text.Split('/')[0]);
        ns.Netlink.SetAddress(new()
        {
            LinkIndex = ns.Netlink.GetLink(name).Index,
            Address = address,
            PrefixLength = int.Parse(text.Split('/')[1]),
            NoDuplicateDetection = address.AddressFamily == AddressFamily.InterNetworkV6,
        });
    }
}
