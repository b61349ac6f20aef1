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
        RouteEntry route => route.Action.ToString().ToLowerInvariant(),
        NodeEntry node => Invariant(
            $"address {node.Address} from {node.Local} via {node.NextHop} interface {node.Ifindex} mtu {node.Mtu}"),
        PeerEntry peer => Invariant($"node {peer.Node}"),
        NetworkEntry network => $"gateways {network.GatewayV4} {network.GatewayV6}",
        ServiceEntry service => Invariant($"to {service.Address} interface {service.Ifindex} callers {service.CallerPrefix}"),
        _ => $"{record}",
    };

    static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
