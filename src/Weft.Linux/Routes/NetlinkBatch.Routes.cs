using static Weft.Linux.Wire.NetlinkConstants;
using static Weft.Linux.Wire.RouteMessage;

namespace Weft.Linux;

public sealed partial class NetlinkBatch
{
    /// <summary>Adds a route. EEXIST: one to the same destination with the same metric is there.</summary>
    public NetlinkBatch AddRoute(Route route) =>
        Add($"add route {route}", RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, w => Encode(w, route));

    /// <summary>Adds a route, in place of one to the same destination with the same metric.</summary>
    public NetlinkBatch SetRoute(Route route) =>
        Add($"set route {route}", RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, w => Encode(w, route));

    /// <summary>
    /// Removes the route with this destination, metric, gateway, link and maker; its other properties may differ.
    /// ESRCH: it is not there.
    /// </summary>
    public NetlinkBatch DeleteRoute(Route route) =>
        // IPv4 would demand that MTU and source are the same.
        Add($"delete route {route}", RTM_DELROUTE, 0, w => Encode(w, route with { Mtu = null, PreferredSource = null }));
}
