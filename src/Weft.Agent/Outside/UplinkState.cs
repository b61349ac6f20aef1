using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Weft.Agent.Attachments;
using Weft.Agent.Desired;
using Weft.Agent.Fabric;
using Weft.Linux;
using Weft.Model.State;

namespace Weft.Agent.Outside;

/// <summary>Which interfaces of this host lead to which external networks; looked up again when the host's network changes.</summary>
sealed class UplinkState(HostNetwork host)
{
    ImmutableDictionary<Guid, NodeExternal> _externals = ImmutableDictionary<Guid, NodeExternal>.Empty;
    FabricInfo? _fabric;
    volatile HashSet<string> _names = []; // that external networks ask for

    /// <summary>By uid of the external network; the same object while nothing changes.</summary>
    internal ImmutableDictionary<Guid, UplinkFacts> Uplinks { get; private set; } = ImmutableDictionary<Guid, UplinkFacts>.Empty;

    /// <summary>What the host leaves free of its own addresses' ports; null: nothing.</summary>
    internal Weft.Model.Resources.PortRange? SharedPorts { get; private set; }

    /// <summary>External networks that are not reached though they should be, and why; one line each.</summary>
    internal ImmutableArray<string> Faults { get; private set; } = [];

    /// <summary>The change may concern an interface that is an uplink or should be one.</summary>
    internal bool IsConcernedBy(NetworkChange change) => change is LinkChange link
        && (_names.Contains(link.Link.Name) || Uplinks.Values.Any(uplink => uplink.Ifindex == link.Link.Index));

    /// <param name="externals">Of the newest state.</param>
    /// <param name="fabric">Where it has no default route, the default uplink.</param>
    /// <param name="changed">The host's network changed: look at everything again.</param>
    internal void Refresh(ImmutableDictionary<Guid, NodeExternal> externals, FabricInfo? fabric, bool changed)
    {
        if (!changed && ReferenceEquals(externals, _externals) && fabric == _fabric)
            return;
        (_externals, _fabric) = (externals, fabric);
        _names = [.. externals.Values.Select(external => external.Uplink).OfType<string>()];
        var (found, faults) = (new Dictionary<Guid, UplinkFacts>(), new List<string>());
        foreach (var external in externals.Values.Where(external => external.Uplink is not null).OrderBy(external => external.Vni))
        {
            var (uplink, fault) = Find(external, found);
            if (uplink is not null)
                found[external.Uid] = uplink;
            if (fault is not null)
                faults.Add($"external network {external.Name}: {fault}");
        }
        SharedPorts = found.Count == 0 ? SharedPorts : PortShares.Beside(host.Namespace);
        if (found.Count > 0 && SharedPorts is null)
            faults.Add(PortShares.NoneLeft);
        if (found.Count != Uplinks.Count || found.Any(pair => !pair.Value.Equals(Uplinks.GetValueOrDefault(pair.Key))))
            Uplinks = found.ToImmutableDictionary();
        Faults = [.. faults];
    }

    (UplinkFacts? Uplink, string? Fault) Find(NodeExternal external, Dictionary<Guid, UplinkFacts> found)
    {
        var link = external.Uplink is { Length: > 0 } asked ? host.Netlink.FindLink(asked) : DefaultLink();
        if (link is null)
        {
            return (null, external.Uplink is { Length: > 0 } missing
                ? $"its uplink on this node, {missing}, is not there"
                : "this node has neither a default route nor a fabric interface to reach it by: name its uplink");
        }
        if (link.Mac is not { } mac || link.IsLoopback)
            return (null, $"its uplink on this node, {link.Name}, is no Ethernet interface");
        if (found.FirstOrDefault(pair => pair.Value.Ifindex == link.Index) is { Value: not null } other)
            return (null, $"its uplink on this node, {link.Name}, is that of external network {_externals[other.Key].Name}, and one interface leads to one: give that one these subnets");
        var uplink = new UplinkFacts(link.Name, link.Index, mac, link.Mtu, AddressesOf(link, external));
        return (uplink, link.IsUp ? null : $"its uplink on this node, {link.Name}, is down");
    }

    Link? DefaultLink()
    {
        foreach (var family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            var route = host.Netlink.ListRoutes(family)
                .Where(route => route.Destination.PrefixLength == 0 && route.LinkIndex != 0 && route.Type == RouteType.Unicast)
                .MinBy(route => route.Metric ?? 0);
            if (route is not null && host.Netlink.FindLink(route.LinkIndex) is { IsLoopback: false } link)
                return link;
        }
        return _fabric is null ? null : host.Netlink.FindLink(_fabric.Ifindex);
    }

    /// <summary>What is in a subnet of the external network comes first, then what is listed first.</summary>
    ImmutableArray<UplinkAddress> AddressesOf(Link link, NodeExternal external) =>
    [
        .. host.Netlink.ListAddresses(link.Index)
            .Where(own => !own.IsTentative && !own.Address.IsIPv6LinkLocal && !IPAddress.IsLoopback(own.Address))
            .OrderBy(own => external.Subnets.Any(subnet => subnet.Prefix.Contains(own.Address)) ? 0 : 1)
            .Select(own => new UplinkAddress(own.Address, own.PrefixLength)),
    ];
}

/// <summary>How the ports of the node's own addresses are shared between the host and its containers.</summary>
static class PortShares
{
    const string Setting = "ipv4/ip_local_port_range";
    const int Lowest = 1024, Fewest = 1024;

    internal const string NoneLeft =
        "the host's own connections may use all ports (net.ipv4.ip_local_port_range), so containers have none of its addresses: set it to 32768 60999";

    /// <summary>Below or above those that the host takes for its own connections, whichever is more; null: too few.</summary>
    internal static Weft.Model.Resources.PortRange? Beside(NetNs host)
    {
        try
        {
            return Beside(new Sysctl(host).Read(Setting));
        }
        catch (IOException)
        {
            return Beside("32768 60999"); // the kernel's own choice
        }
    }

    internal static Weft.Model.Resources.PortRange? Beside(string setting)
    {
        var words = setting.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var (first, last) = (int.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture));
        var (below, above) = (first - Lowest, ushort.MaxValue - last);
        return Math.Max(below, above) < Fewest ? null
            : below >= above ? new(Lowest, (ushort)(first - 1))
            : new((ushort)(last + 1), ushort.MaxValue);
    }
}
