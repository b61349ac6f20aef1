using System.Globalization;
using Weft.Dataplane.Abi;

namespace Weft.Agent.Local;

/// <summary>The vrouter's records as text for people.</summary>
static class Records
{
    internal static string Text<T>(T record) => record switch
    {
        PortEntry port => Invariant(
            $"vni {port.Vni} id {port.Id} mac {port.Mac} mtu {port.Mtu} {(port.Flags.HasFlag(PortFlags.Open) ? "open" : "closed")}"),
        RouteEntry { Action: FlowAction.Local } route => Invariant($"local interface {route.Ifindex} mac {route.Mac}"),
        RouteEntry { Action: FlowAction.Remote } route => Invariant($"remote node {route.Node} vni {route.Vni}"),
        RouteEntry { Action: FlowAction.Uplink } route => Invariant($"uplink exit {route.Node}"),
        RouteEntry { Action: FlowAction.Outside or FlowAction.Network } route => Invariant($"{route.Action.ToString().ToLowerInvariant()} vni {route.Vni}"),
        RouteEntry route => route.Action.ToString().ToLowerInvariant(),
        Uplink uplink => Invariant($"vni {uplink.Vni} mac {uplink.Mac} mtu {uplink.Mtu}"),
        Exit exit => Invariant(
            $"vni {exit.Vni} interface {exit.Ifindex} {(exit.Flags != 0 ? "by the host's routes" : exit.NextHop.IsNone ? "on the link" : $"via {exit.NextHop}")} mtu {exit.Mtu}"),
        Translation { FirstPort: 0 } translation => $"is {translation.Address}",
        Translation translation => Invariant($"is {translation.Address} ports {translation.FirstPort}-{translation.LastPort} at most {translation.MaxConnections}"),
        Frontend { Pool: not 0 } frontend => Invariant($"pool {frontend.Pool} listener {frontend.Listener} flags {frontend.Flags}"),
        Frontend frontend => Invariant($"to {frontend.Address} port {frontend.Port} vni {frontend.Vni} flags {frontend.Flags}"),
        NodeEntry node => Invariant(
            $"address {node.Address} from {node.Local} via {node.NextHop} interface {node.Ifindex} mtu {node.Mtu}"),
        PeerEntry peer => Invariant($"node {peer.Node}"),
        NetworkEntry network => $"gateways {network.GatewayV4} {network.GatewayV6}",
        ServiceEntry service => Invariant($"to {service.Address} interface {service.Ifindex} callers {service.CallerPrefix}"),
        _ => $"{record}",
    };

    static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
