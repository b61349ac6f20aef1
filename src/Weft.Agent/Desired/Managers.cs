using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Abi;
using Weft.Model.Addressing;
using Weft.Model.State;

namespace Weft.Agent.Desired;

/// <summary>Ports: what stands at the host side of an interface.</summary>
static class PortManager
{
    /// <param name="port">Of this node.</param>
    /// <param name="network">Its network.</param>
    /// <param name="local">Its interface.</param>
    /// <param name="mtu">Bytes of L3 of the network on this node.</param>
    /// <param name="open">False: everything is dropped.</param>
    internal static PortEntry Entry(NodePort port, NodeNetwork network, LocalPort local, int mtu, bool open) => new()
    {
        Vni = network.Vni,
        Flags = open ? PortFlags.Open : 0,
        Id = local.Id,
        MaxFlows = local.MaxFlows,
        Mac = port.Mac,
        GatewayMac = MacAddress.Gateway,
        Mtu = (uint)mtu,
    };
}

/// <summary>Routes: where the addresses of a network are. One per address, and nothing that is nowhere.</summary>
static class RouteManager
{
    /// <param name="port">Any port of the network.</param>
    /// <param name="network">Its network.</param>
    /// <param name="node">Number of this node.</param>
    /// <param name="local">The port's interface, when it is attached here.</param>
    /// <param name="identity">What an address of the port is to rules.</param>
    internal static IEnumerable<KeyValuePair<RouteKey, RouteEntry>> OfPort(
        NodePort port, NodeNetwork network, uint node, LocalPort? local, Func<NodePort, IPAddress, ulong> identity)
    {
        if (port.NodeNumber == 0 || port.NodeNumber == node && local is null)
            yield break;
        var entry = port.NodeNumber == node
            ? new RouteEntry
            {
                Action = FlowAction.Local,
                Vni = network.Vni,
                Ifindex = (uint)local!.Ifindex,
                Mac = port.Mac,
            }
            : new RouteEntry { Action = FlowAction.Remote, Vni = network.Vni, Node = port.NodeNumber };
        foreach (var address in port.Addresses)
            yield return new(RouteKey.For(network.Vni, address), entry with { Identity = identity(port, address) });
    }

    /// <summary>The prefixes of another network, to be looked for there.</summary>
    internal static IEnumerable<KeyValuePair<RouteKey, RouteEntry>> OfJoined(NodeNetwork network, NodeNetwork other)
    {
        foreach (var subnet in other.Subnets)
            yield return new(RouteKey.For(network.Vni, subnet.Prefix), new() { Action = FlowAction.Network, Vni = other.Vni });
    }

    internal static IEnumerable<KeyValuePair<RouteKey, RouteEntry>> OfGateways(NodeNetwork network)
    {
        var entry = new RouteEntry { Action = FlowAction.Gateway, Vni = network.Vni };
        foreach (var subnet in network.Subnets)
        {
            if (subnet.Gateway is { } gateway)
                yield return new(RouteKey.For(network.Vni, gateway), entry);
        }
    }
}

/// <summary>Networks that have ports here.</summary>
static class NetworkManager
{
    internal static NetworkEntry Entry(NodeNetwork network) => new()
    {
        GatewayV4 = Gateway(network, AddressFamily.InterNetwork),
        GatewayV6 = Gateway(network, AddressFamily.InterNetworkV6),
    };

    /// <summary>Bytes of L3 of the network's interfaces on a node whose fabric carries that much.</summary>
    internal static int Mtu(NodeNetwork network, int fabricMtu, bool outerIsV6) =>
        network.Mtu > 0 ? network.Mtu : PeerManager.InnerMtu(fabricMtu, outerIsV6);

    static Address Gateway(NodeNetwork network, AddressFamily family)
    {
        foreach (var subnet in network.Subnets)
        {
            if (subnet.Gateway is { } gateway && gateway.AddressFamily == family)
                return gateway;
        }
        return default;
    }
}

/// <summary>Other nodes.</summary>
static class PeerManager
{
    // Outer Ethernet is the link's own; inner Ethernet 14, VXLAN 8, UDP 8, and the outer IP header.
    const int OverheadV4 = 14 + 8 + 8 + 20;
    const int OverheadV6 = 14 + 8 + 8 + 40;

    internal static NodeEntry Entry(NodePeer peer, FabricPath path) => new()
    {
        Address = peer.FabricAddress,
        Local = path.Local,
        NextHop = path.NextHop,
        Ifindex = (uint)path.Ifindex,
        Mtu = (uint)InnerMtu(
            peer.FabricMtu > 0 ? Math.Min(path.Mtu, peer.FabricMtu) : path.Mtu,
            peer.FabricAddress.AddressFamily == AddressFamily.InterNetworkV6),
    };

    /// <summary>Bytes of L3 that fit inside one packet of the fabric.</summary>
    internal static int InnerMtu(int fabricMtu, bool outerIsV6) => fabricMtu - (outerIsV6 ? OverheadV6 : OverheadV4);
}

/// <summary>The services of the agent that ports reach.</summary>
static class ServiceManager
{
    const byte Tcp = 6;
    const byte Udp = 17;
    const ushort Domain = 53;

    /// <param name="ifindex">Host side of the service namespace's veth.</param>
    /// <param name="mac">Of its other side.</param>
    internal static IEnumerable<KeyValuePair<ServiceKey, ServiceEntry>> Names(int ifindex, MacAddress mac)
    {
        foreach (var isV6 in (bool[])[false, true])
        {
            var entry = new ServiceEntry
            {
                Address = isV6 ? ServiceAddresses.V6 : ServiceAddresses.V4,
                CallerPrefix = isV6 ? ServiceAddresses.CallersV6.BaseAddress : ServiceAddresses.CallersV4.BaseAddress,
                Ifindex = (uint)ifindex,
                Mac = mac,
            };
            foreach (var protocol in (byte[])[Udp, Tcp])
                yield return new(new() { Protocol = protocol, Family = (byte)(isV6 ? 6 : 4), Port = Domain }, entry);
        }
    }
}

/// <summary>Addresses inside the service namespace; they mean nothing anywhere else.</summary>
static class ServiceAddresses
{
    const uint CallerMask = 0xff_ff_ff;

    internal static readonly IPAddress V4 = IPAddress.Parse("169.254.53.53");
    internal static readonly IPAddress V6 = IPAddress.Parse("fd77:6566:7400:53::53");

    /// <summary>A caller's address is this prefix and the number of its port (<see cref="LocalPort.Id"/>).</summary>
    internal static readonly IPNetwork CallersV4 = IPNetwork.Parse("10.0.0.0/8");

    /// <inheritdoc cref="CallersV4"/>
    internal static readonly IPNetwork CallersV6 = IPNetwork.Parse("fd77:6566:7400::/104");

    /// <summary>What the agent asks a port by is this prefix and the port's number: <c>weft_probe</c>.</summary>
    internal static readonly IPNetwork ProbesV4 = IPNetwork.Parse("11.0.0.0/8");

    /// <inheritdoc cref="ProbesV4"/>
    internal static readonly IPNetwork ProbesV6 = IPNetwork.Parse("fd77:6566:7400:1::/104");

    /// <summary>What a port is asked by.</summary>
    internal static IPAddress ProbeOf(uint portId, AddressFamily family)
    {
        var bytes = (family == AddressFamily.InterNetwork ? ProbesV4 : ProbesV6).BaseAddress.GetAddressBytes();
        var end = bytes.AsSpan(bytes.Length - 4);
        var prefix = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(end);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(end, prefix | (portId & CallerMask));
        return new(bytes);
    }

    internal static uint? PortId(IPAddress caller)
    {
        if (!CallersV4.Contains(caller) && !CallersV6.Contains(caller))
            return null;
        Span<byte> bytes = stackalloc byte[16];
        caller.TryWriteBytes(bytes, out var length);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes[(length - 4)..length]) & CallerMask;
    }
}
