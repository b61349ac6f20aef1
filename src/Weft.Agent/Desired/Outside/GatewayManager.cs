using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Abi;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Agent.Desired;

/// <summary>The ways out of a network: where they begin, and what its ports are behind them.</summary>
static class GatewayManager
{
    // An egress address is nobody else's; but what listens below 1024 may be asked for by its number.
    static readonly PortRange EgressPorts = new(1024, ushort.MaxValue);

    static readonly AddressFamily[] Families = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    /// <summary>The first leads everywhere, the others to their own subnets.</summary>
    internal static IEnumerable<KeyValuePair<RouteKey, RouteEntry>> Routes(
        NodeNetwork network, ImmutableDictionary<Guid, NodeExternal> externals)
    {
        var isFirst = true;
        foreach (var gateway in network.Gateways)
        {
            var prefixes = !externals.TryGetValue(gateway.External, out var external) ? []
                : isFirst ? [new(IPAddress.Any, 0), new(IPAddress.IPv6Any, 0)]
                : external.Subnets.Select(subnet => subnet.Prefix);
            foreach (var prefix in prefixes)
                yield return new(RouteKey.For(network.Vni, prefix), new() { Action = FlowAction.Outside, Vni = external!.Vni });
            isFirst = false;
        }
    }

    /// <summary>What ports are outside that have no floating IP there.</summary>
    internal static IEnumerable<KeyValuePair<TranslationKey, Translation>> Translations(
        NodeNetwork network, ImmutableDictionary<Guid, NodeExternal> externals, uint node, OutsideFacts facts)
    {
        foreach (var gateway in network.Gateways.Where(gateway => !gateway.FloatingOnly))
        {
            if (!externals.TryGetValue(gateway.External, out var external))
                continue;
            foreach (var family in Families)
            {
                if (Of(gateway, external, family, node, facts) is { } translation)
                    yield return new(KeyOf(network, external, family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any), translation);
            }
        }
    }

    internal static TranslationKey KeyOf(NodeNetwork network, NodeExternal external, IPAddress address) =>
        new() { Address = address, Vni = network.Vni, External = external.Vni };

    static Translation? Of(NodeGateway gateway, NodeExternal external, AddressFamily family, uint node, OutsideFacts facts)
    {
        var egress = gateway.Egress.FirstOrDefault(egress => egress.NodeNumber == node && egress.Address.AddressFamily == family).Address;
        if (egress is not null && facts.Uplinks.GetValueOrDefault(external.Uid)?.Has(egress) != true)
            return facts.AnswersFloating ? Shared(egress, EgressPorts) : null; // it may be another node's by now
        // Also an egress address that is the node's own is the host's as well.
        return facts.SharedPorts is { } ports && (egress ?? facts.Uplinks.GetValueOrDefault(external.Uid)?.AddressOf(family)) is { } own
            ? Shared(own, ports)
            : null;
    }

    /// <summary>One port of a network can take half of the address at most.</summary>
    static Translation Shared(IPAddress address, PortRange ports) => new()
    {
        Address = address,
        FirstPort = ports.First,
        LastPort = ports.Last,
        MaxConnections = (uint)(ports.Last - ports.First + 1) / 2,
    };
}
