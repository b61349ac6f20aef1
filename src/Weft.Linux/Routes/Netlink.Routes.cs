using System.Net;
using System.Net.Sockets;
using Weft.Linux.Interop;
using Weft.Linux.Wire;
using static Weft.Linux.Wire.RouteMessage;

namespace Weft.Linux;

public sealed partial class Netlink
{
    /// <summary>Routes of a table, of one family or of both; only those of one maker when it is given.</summary>
    public IReadOnlyList<Route> ListRoutes(
        AddressFamily family = AddressFamily.Unspecified, int table = Route.MainTable, byte? protocol = null)
    {
        if (family == AddressFamily.Unspecified)
        {
            return
            [
                .. ListRoutes(AddressFamily.InterNetwork, table, protocol),
                .. ListRoutes(AddressFamily.InterNetworkV6, table, protocol),
            ];
        }
        var header = new RtMsg { Family = IPFamily.Of(family), Protocol = protocol ?? 0 };
        try
        {
            // The kernel filters by table; what does not match is left out here too, should it be an old one.
            return Dump("list routes", RTM_GETROUTE, w => RouteFilter(w, header, table),
                message => message.Type == RTM_NEWROUTE
                    && (message.Header<RtMsg>(out _).Flags & RTM_F_CLONED) == 0
                    && RouteDecoder.Decode(message) is { } route
                    && route.Table == table && (protocol is null || route.Protocol == protocol) ? route : null);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            // A new namespace has no tables yet: the first route makes its own, even that of the loopback.
            return [];
        }
    }

    /// <summary>How the kernel would send to an address; null when it has no route.</summary>
    public RouteLookup? LookUpRoute(IPAddress destination)
    {
        var family = IPFamily.Of(destination);
        var header = new RtMsg { Family = family, DestinationLength = (byte)IPFamily.Bits(family) };
        try
        {
            return Get($"look up route to {destination}", RTM_GETROUTE, w =>
            {
                w.Struct(in header);
                w.Bytes(RTA_DST, destination.GetAddressBytes());
            }, message => RouteDecoder.DecodeLookup(message, destination));
        }
        catch (LinuxException e) when (e.Errno is Errno.ENETUNREACH or Errno.EHOSTUNREACH)
        {
            return null;
        }
    }

    /// <inheritdoc cref="NetlinkBatch.AddRoute"/>
    public void AddRoute(Route route) => Submit(new NetlinkBatch().AddRoute(route));

    /// <inheritdoc cref="NetlinkBatch.SetRoute"/>
    public void SetRoute(Route route) => Submit(new NetlinkBatch().SetRoute(route));

    /// <inheritdoc cref="NetlinkBatch.DeleteRoute"/>
    public void DeleteRoute(Route route) => Submit(new NetlinkBatch().DeleteRoute(route));

    static void RouteFilter(NetlinkWriter writer, RtMsg header, int table)
    {
        writer.Struct(in header);
        writer.Int32(RTA_TABLE, table);
    }
}
