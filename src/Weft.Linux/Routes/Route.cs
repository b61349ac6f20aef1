using System.Net;

namespace Weft.Linux;

/// <summary>Who made a route (rtm_protocol). A program touches only its own.</summary>
public static class RouteProtocol
{
    public const byte Kernel = 2;

    public const byte Boot = 3;

    public const byte Static = 4;

    /// <summary>Weft's own number: "W", free in the kernel's and in iproute2's lists.</summary>
    public const byte Weft = 87;
}

/// <summary>What a route does.</summary>
public enum RouteType
{
    Unicast = 1,
    Local = 2,
    Broadcast = 3,
    Anycast = 4,
    Multicast = 5,
    Blackhole = 6,
    Unreachable = 7,
    Prohibit = 8,
}

/// <summary>A route of a routing table. Null leaves the kernel's default.</summary>
public sealed record Route
{
    public const int MainTable = 254;

    public required IPNetwork Destination { get; init; }

    public IPAddress? Gateway { get; init; }

    /// <summary>Index of the interface to leave by; 0: found from the gateway.</summary>
    public int LinkIndex { get; init; }

    /// <summary>The gateway is taken as a neighbour on the link though no subnet holds it.</summary>
    public bool OnLink { get; init; }

    public IPAddress? PreferredSource { get; init; }

    /// <summary>The lowest wins. IPv6's default is 1024.</summary>
    public int? Metric { get; init; }

    /// <summary>Bytes of L3.</summary>
    public int? Mtu { get; init; }

    public int Table { get; init; } = MainTable;

    public byte Protocol { get; init; } = RouteProtocol.Weft;

    public RouteType Type { get; init; } = RouteType.Unicast;

    /// <summary>It has several next hops, of which the first is shown here.</summary>
    public bool IsMultipath { get; init; }

    public override string ToString() => $"{Destination}{(Gateway is null ? "" : $" via {Gateway}")}";
}

/// <summary>How the kernel would send to an address now.</summary>
public sealed record RouteLookup
{
    public required IPAddress Destination { get; init; }

    /// <summary>Index of the interface.</summary>
    public required int LinkIndex { get; init; }

    /// <summary>Null: a neighbour on the link.</summary>
    public IPAddress? Gateway { get; init; }

    public IPAddress? PreferredSource { get; init; }

    /// <summary>Bytes of L3, when the route has its own.</summary>
    public int? Mtu { get; init; }

    /// <summary>Local: the address is this namespace's own.</summary>
    public RouteType Type { get; init; }

    /// <summary>The neighbour to resolve: the gateway, or the destination itself.</summary>
    public IPAddress NextHop => Gateway ?? Destination;
}
