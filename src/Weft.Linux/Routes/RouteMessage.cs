using System.Net;
using System.Runtime.InteropServices;
using Weft.Linux.Interop;

namespace Weft.Linux.Wire;

/// <summary>struct rtmsg.</summary>
[StructLayout(LayoutKind.Sequential)]
struct RtMsg
{
    internal byte Family;
    internal byte DestinationLength;
    internal byte SourceLength;
    internal byte Tos;
    internal byte Table;
    internal byte Protocol;
    internal byte Scope;
    internal byte Type;
    internal uint Flags;
}

/// <summary>struct rtnexthop.</summary>
[StructLayout(LayoutKind.Sequential)]
struct RtNextHop
{
    internal ushort Length;
    internal byte Flags;
    internal byte Hops;
    internal int Index;
}

/// <summary>RTM_NEWROUTE and its like (linux/rtnetlink.h).</summary>
static class RouteMessage
{
    internal const ushort RTM_NEWROUTE = 24;
    internal const ushort RTM_DELROUTE = 25;
    internal const ushort RTM_GETROUTE = 26;

    internal const ushort RTA_DST = 1;
    internal const ushort RTA_OIF = 4;
    internal const ushort RTA_GATEWAY = 5;
    internal const ushort RTA_PRIORITY = 6;
    internal const ushort RTA_PREFSRC = 7;
    internal const ushort RTA_METRICS = 8;
    internal const ushort RTA_MULTIPATH = 9;
    internal const ushort RTA_TABLE = 15;
    internal const ushort RTA_VIA = 18;
    internal const ushort RTAX_MTU = 2;
    internal const uint RTNH_F_ONLINK = 4;
    internal const uint RTM_F_CLONED = 0x200;
    internal const byte RT_SCOPE_LINK = 253;
    internal const byte RT_SCOPE_HOST = 254;

    internal static void Encode(NetlinkWriter writer, Route route)
    {
        var family = IPFamily.Of(route.Destination.BaseAddress);
        writer.Struct(Header(route, family));
        if (route.Destination.PrefixLength > 0)
            writer.Bytes(RTA_DST, route.Destination.BaseAddress.GetAddressBytes());
        if (route.Gateway is { } gateway)
            Gateway(writer, family, gateway);
        if (route.LinkIndex != 0)
            writer.Int32(RTA_OIF, route.LinkIndex);
        if (route.PreferredSource is { } source)
            writer.Bytes(RTA_PREFSRC, source.GetAddressBytes());
        if (route.Metric is { } metric)
            writer.Int32(RTA_PRIORITY, metric);
        writer.Int32(RTA_TABLE, route.Table);
        if (route.Mtu is not { } mtu)
            return;
        using (writer.Nest(RTA_METRICS))
            writer.Int32(RTAX_MTU, mtu);
    }

    static RtMsg Header(Route route, byte family) => new()
    {
        Family = family,
        DestinationLength = (byte)route.Destination.PrefixLength,
        // Larger table numbers are in RTA_TABLE only.
        Table = (byte)(route.Table <= byte.MaxValue ? route.Table : 0),
        Protocol = route.Protocol,
        Scope = Scope(route, family),
        Type = (byte)route.Type,
        Flags = route.OnLink ? RTNH_F_ONLINK : 0,
    };

    // IPv4 wants to be told that a unicast route has no gateway; IPv6 ignores the scope.
    static byte Scope(Route route, byte family) => (family, route.Type, route.Gateway) switch
    {
        (LibcConstants.AF_INET, RouteType.Unicast or RouteType.Broadcast, null) => RT_SCOPE_LINK,
        (LibcConstants.AF_INET, RouteType.Local, _) => RT_SCOPE_HOST,
        _ => 0,
    };

    /// <summary>RTA_VIA carries an IPv6 gateway of an IPv4 route (RFC 5549).</summary>
    static void Gateway(NetlinkWriter writer, byte family, IPAddress gateway)
    {
        var bytes = gateway.GetAddressBytes();
        if (IPFamily.Of(gateway) == family)
            writer.Bytes(RTA_GATEWAY, bytes);
        else
            writer.Bytes(RTA_VIA, [LibcConstants.AF_INET6, 0, .. bytes]);
    }
}
