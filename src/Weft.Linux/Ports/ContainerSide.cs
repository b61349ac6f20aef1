using System.Net;
using System.Net.Sockets;
using Weft.Linux.Interop;

namespace Weft.Linux.Ports;

/// <summary>Names, addresses and routes of a port's interface, seen from inside the container.</summary>
/// <remarks>
/// One visit of the namespace. Settings come first, while the interface is down: no router advertisement is heeded
/// and no duplicate address detection delays the addresses, which are unique by the server's word. What we set
/// carries our protocol number; only that is removed when it is not wanted any more.
/// </remarks>
static class ContainerSide
{
    internal static void Apply(NetNs container, PortInterface port, int index, bool isNew) => container.Run(() =>
    {
        using var inside = Netlink.Open();
        if (!isNew)
            Correct(inside, port, index);
        WriteSettings(port);
        inside.SwitchOffloadsOff(port.Name, PortPlumbing.UnwantedOffloads);
        var batch = new NetlinkBatch().SetUp(index);
        foreach (var address in port.Addresses)
            batch.SetAddress(Wanted(address, index));
        foreach (var route in Routes(port, index))
            batch.SetRoute(route);
        inside.Submit(batch);
    });

    static InterfaceAddress Wanted(PortAddress address, int index) => new()
    {
        LinkIndex = index,
        Address = address.Address,
        PrefixLength = address.PrefixLength,
        NoDuplicateDetection = address.Address.AddressFamily == AddressFamily.InterNetworkV6,
        Protocol = RouteProtocol.Weft,
    };

    static IEnumerable<Route> Routes(PortInterface port, int index) => port.DefaultRoutes
        ? port.Addresses.Where(address => address.Gateway is not null)
            .DistinctBy(address => address.Address.AddressFamily)
            .Select(address => Default(address, index))
        : [];

    static Route Default(PortAddress address, int index) => new()
    {
        Destination = address.Address.AddressFamily == AddressFamily.InterNetwork
            ? new IPNetwork(IPAddress.Any, 0)
            : new IPNetwork(IPAddress.IPv6Any, 0),
        Gateway = address.Gateway,
        LinkIndex = index,
        // A gateway outside the subnet (a /32, say) is on the link all the same.
        OnLink = !Subnet(address).Contains(address.Gateway!),
    };

    static IPNetwork Subnet(PortAddress address)
    {
        var bytes = address.Address.GetAddressBytes();
        for (var bit = address.PrefixLength; bit < bytes.Length * 8; bit++)
            bytes[bit / 8] &= (byte)~(0x80 >> bit % 8);
        return new IPNetwork(new IPAddress(bytes), address.PrefixLength);
    }

    static void Correct(Netlink inside, PortInterface port, int index)
    {
        var batch = new NetlinkBatch();
        CorrectLink(batch, inside.GetLink(index), port);
        RemoveAddresses(batch, inside, port, index);
        RemoveRoutes(batch, inside, port, index);
        inside.Submit(batch);
    }

    static void CorrectLink(NetlinkBatch batch, Link link, PortInterface port)
    {
        if (link.Name != port.Name)
            batch.SetDown(link).UpdateLink(link, new LinkUpdate { Name = port.Name });
        if (link.Mac != port.Mac || link.Mtu != port.Mtu)
            batch.UpdateLink(link, new LinkUpdate { Mac = port.Mac, Mtu = port.Mtu });
    }

    static void RemoveAddresses(NetlinkBatch batch, Netlink inside, PortInterface port, int index)
    {
        foreach (var address in inside.ListAddresses(index))
        {
            if (address.Protocol == RouteProtocol.Weft && !port.Addresses.Any(wanted => IsSame(address, wanted)))
                batch.DeleteAddress(address);
        }
    }

    // An address that goes takes routes with it, so one may be gone when its turn comes.
    static void RemoveRoutes(NetlinkBatch batch, Netlink inside, PortInterface port, int index)
    {
        var routes = Routes(port, index).ToList();
        foreach (var route in inside.ListRoutes(protocol: RouteProtocol.Weft))
        {
            if (route.LinkIndex == index && !routes.Any(wanted => IsSame(route, wanted)))
                batch.DeleteRoute(route).Ignoring(Errno.ESRCH);
        }
    }

    static bool IsSame(InterfaceAddress actual, PortAddress wanted) =>
        actual.Address.Equals(wanted.Address) && actual.PrefixLength == wanted.PrefixLength;

    static bool IsSame(Route actual, Route wanted) =>
        actual.Destination.Equals(wanted.Destination) && Equals(actual.Gateway, wanted.Gateway);

    static void WriteSettings(PortInterface port)
    {
        var folder = $"ipv6/conf/{port.Name}";
        if (!Sysctl.ExistsHere($"{folder}/disable_ipv6"))
        {
            if (port.HasIPv6)
                throw new FeatureNotSupportedException("IPv6 in a container", new Version(5, 15));
            return;
        }
        Sysctl.WriteHere($"{folder}/accept_ra", 0);
        Sysctl.WriteHere($"{folder}/autoconf", 0);
        Sysctl.WriteHere($"{folder}/accept_dad", 0);
        Sysctl.EnsureHere($"{folder}/disable_ipv6", port.HasIPv6 ? 0 : 1);
    }
}
