using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weft.Linux.Interop;
using static Weft.Linux.Wire.RouteMessage;

namespace Weft.Linux.Wire;

/// <summary>Reads RTM_NEWROUTE and RTM_DELROUTE.</summary>
static class RouteDecoder
{
    /// <summary>Null: not IPv4 or IPv6.</summary>
    internal static Route? Decode(NetlinkMessage message)
    {
        var header = message.Header<RtMsg>(out var attributes);
        if (header.Family is not (LibcConstants.AF_INET or LibcConstants.AF_INET6))
            return null;
        var destination = IPFamily.Any(header.Family);
        var route = new Route
        {
            Destination = new IPNetwork(destination, 0),
            Table = header.Table,
            Protocol = header.Protocol,
            Type = (RouteType)header.Type,
            OnLink = (header.Flags & RTNH_F_ONLINK) != 0,
        };
        while (attributes.TryRead(out var attribute))
        {
            if (attribute.Type == RTA_DST)
                destination = attribute.Address;
            else
                route = With(route, attribute);
        }
        return route with { Destination = Network(destination, header) };
    }

    internal static RouteLookup? DecodeLookup(NetlinkMessage message, IPAddress destination) =>
        message.Type == RTM_NEWROUTE && Decode(message) is { } route
            ? new RouteLookup
            {
                Destination = destination,
                LinkIndex = route.LinkIndex,
                Gateway = route.Gateway,
                PreferredSource = route.PreferredSource,
                Mtu = route.Mtu,
                Type = route.Type,
            }
            : null;

    static IPNetwork Network(IPAddress address, RtMsg header)
    {
        if (IPFamily.Of(address) != header.Family || header.DestinationLength > IPFamily.Bits(header.Family))
            throw new NetlinkFormatException($"route to {address}/{header.DestinationLength}");
        // A looked up route names the whole address beside the matching route's length.
        return IPNetwork.TryParse($"{address}/{header.DestinationLength}", out var network)
            ? network
            : new IPNetwork(address, IPFamily.Bits(header.Family));
    }

    static Route With(Route route, NetlinkAttribute attribute) => attribute.Type switch
    {
        RTA_GATEWAY => route with { Gateway = attribute.Address },
        RTA_VIA => route with { Gateway = Via(attribute.Bytes) },
        RTA_OIF => route with { LinkIndex = attribute.Int32 },
        RTA_PREFSRC => route with { PreferredSource = attribute.Address },
        RTA_PRIORITY => route with { Metric = attribute.Int32 },
        RTA_TABLE => route with { Table = attribute.Int32 },
        RTA_METRICS => route with { Mtu = Mtu(attribute.Nested) },
        RTA_MULTIPATH => WithFirstHop(route, attribute.Bytes),
        _ => route,
    };

    static IPAddress Via(ReadOnlySpan<byte> bytes) => bytes.Length is 6 or 18
        ? new IPAddress(bytes[2..])
        : throw new NetlinkFormatException($"gateway of {bytes.Length} bytes");

    static int? Mtu(AttributeReader metrics)
    {
        while (metrics.TryRead(out var attribute))
        {
            if (attribute.Type == RTAX_MTU)
                return attribute.Int32;
        }
        return null;
    }

    static Route WithFirstHop(Route route, ReadOnlySpan<byte> bytes)
    {
        var size = Unsafe.SizeOf<RtNextHop>();
        if (bytes.Length < size)
            throw new NetlinkFormatException("next hop cut short");
        var hop = MemoryMarshal.Read<RtNextHop>(bytes);
        if (hop.Length < size || hop.Length > bytes.Length)
            throw new NetlinkFormatException($"next hop of {hop.Length} bytes");
        route = route with { LinkIndex = hop.Index, IsMultipath = true, OnLink = (hop.Flags & RTNH_F_ONLINK) != 0 };
        var attributes = new AttributeReader(bytes[size..hop.Length]);
        while (attributes.TryRead(out var attribute))
        {
            if (attribute.Type is RTA_GATEWAY or RTA_VIA)
                route = With(route, attribute);
        }
        return route;
    }
}
