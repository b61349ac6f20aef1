using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Abi;
using Weft.Model.Addressing;
using Weft.Model.State;

namespace Weft.Agent.Desired;

/// <summary>The ways by which packets leave to an external network.</summary>
static class ExitManager
{
    /// <summary>Flows keep the number of theirs, so it depends on nothing but what it is.</summary>
    enum Kind
    {
        OnLink,
        GatewayV4,
        GatewayV6,
        HostRoutes,
    }

    internal static IEnumerable<KeyValuePair<uint, Exit>> Of(NodeExternal external, UplinkFacts uplink)
    {
        var exit = new Exit { Ifindex = (uint)uplink.Ifindex, Mtu = (uint)uplink.Mtu, Vni = external.Vni };
        yield return new(Number(external, Kind.OnLink), exit);
        foreach (var family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            if (GatewayOf(external, family) is { } gateway)
                yield return new(Number(external, OfGateway(family)), exit with { NextHop = gateway });
        }
        yield return new(Number(external, Kind.HostRoutes), exit with { Flags = (uint)ExitFlags.HostRoutes });
    }

    /// <summary>Prefixes that have a route of their own because of where they are.</summary>
    internal static IEnumerable<IPNetwork> Prefixes(NodeExternal external, UplinkFacts? uplink) =>
        OnLink(external, uplink).Append(new(IPAddress.Any, 0)).Append(new(IPAddress.IPv6Any, 0)).Distinct();

    /// <summary>By which exit packets to a prefix leave.</summary>
    internal static uint NumberFor(NodeExternal external, UplinkFacts? uplink, IPNetwork prefix)
    {
        var family = prefix.BaseAddress.AddressFamily;
        return Number(
            external,
            OnLink(external, uplink).Any(link => link.Contains(prefix)) ? Kind.OnLink
            : GatewayOf(external, family) is not null ? OfGateway(family)
            : Kind.HostRoutes);
    }

    static IEnumerable<IPNetwork> OnLink(NodeExternal external, UplinkFacts? uplink) =>
        external.Subnets.Select(subnet => subnet.Prefix)
            .Concat(uplink?.Addresses.Select(own => own.Link) ?? [])
            .Where(prefix => prefix.PrefixLength < AddressMath.Bits(prefix.BaseAddress.AddressFamily));

    static IPAddress? GatewayOf(NodeExternal external, AddressFamily family) =>
        external.Subnets.Select(subnet => subnet.Gateway).FirstOrDefault(gateway => gateway?.AddressFamily == family);

    static Kind OfGateway(AddressFamily family) => family == AddressFamily.InterNetwork ? Kind.GatewayV4 : Kind.GatewayV6;

    static uint Number(NodeExternal external, Kind kind) => external.Vni << 2 | (uint)kind;
}
