using System.Net;
using System.Net.Sockets;
using Weft.Linux;

namespace Weft.Agent.Fabric;

/// <summary>Finds the fabric interface and address that the options leave open.</summary>
public static class FabricDetector
{
    /// <summary>
    /// In this order: what the options say; the way to the server; the way to everywhere; the only host with an
    /// address at all. Null: this host has no address that another could send to.
    /// </summary>
    /// <param name="netlink">Of the host's namespace.</param>
    /// <param name="options">Interface, address, server.</param>
    /// <param name="server">Address of the server, when it is known.</param>
    public static FabricInfo? Detect(Netlink netlink, AgentOptions options, IPAddress? server = null)
    {
        if (options.FabricAddress is { } address)
            return WithAddress(netlink, address);
        if (options.FabricInterface is { } name)
            return netlink.FindLink(name) is { } link ? WithLink(netlink, link) : null;
        return Towards(netlink, server ?? LiteralAddress(options.ServerUrl))
            ?? ByDefaultRoute(netlink)
            ?? netlink.ListLinks().Select(link => WithLink(netlink, link)).FirstOrDefault(info => info is not null);
    }

    static IPAddress? LiteralAddress(Uri? url) =>
        url is not null && IPAddress.TryParse(url.DnsSafeHost, out var address) ? address : null;

    static FabricInfo? WithAddress(Netlink netlink, IPAddress address)
    {
        var own = netlink.ListAddresses().FirstOrDefault(own => own.Address.Equals(address));
        return own is not null && netlink.FindLink(own.LinkIndex) is { } link ? Info(link, address) : null;
    }

    static FabricInfo? Towards(Netlink netlink, IPAddress? destination)
    {
        if (destination is null
            || netlink.LookUpRoute(destination) is not { Type: RouteType.Unicast, PreferredSource: { } source } route
            || netlink.FindLink(route.LinkIndex) is not { IsLoopback: false } link)
            return null;
        return Info(link, source);
    }

    static FabricInfo? ByDefaultRoute(Netlink netlink)
    {
        var routes = netlink.ListRoutes().Where(route => route.Destination.PrefixLength == 0 && route.LinkIndex != 0);
        foreach (var route in routes.OrderBy(route => route.Metric ?? 0))
        {
            if (netlink.FindLink(route.LinkIndex) is { } link && WithLink(netlink, link) is { } info)
                return info;
        }
        return null;
    }

    static FabricInfo? WithLink(Netlink netlink, Link link)
    {
        if (link.IsLoopback || !link.IsUp || link.Alias.StartsWith("weft:", StringComparison.Ordinal))
            return null;
        var addresses = netlink.ListAddresses(link.Index).Select(own => own.Address).Where(IsUsable).ToList();
        var address = addresses.Find(a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses.FirstOrDefault();
        return address is null ? null : Info(link, address);
    }

    static bool IsUsable(IPAddress address) => !address.IsIPv6LinkLocal && !IPAddress.IsLoopback(address);

    static FabricInfo Info(Link link, IPAddress address) => new(link.Name, link.Index, address, link.Mtu);
}
