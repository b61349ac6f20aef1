using Weft.Linux.Interop;
using Weft.Linux.Ports;
using Weft.Model.Addressing;

namespace Weft.Linux;

/// <summary>Makes, repairs, finds and removes the veth pairs that join containers to the vrouter.</summary>
/// <remarks>
/// The container's side is made inside its namespace at once, so nothing in the host sees it under a passing name.
/// The host's side has the gateway's MAC, no address and no IPv6 of its own; its name comes from the port's uid and
/// its alias holds the uid, which is all that a restarted agent needs. Everything of one side goes to the kernel in
/// one system call. An attach that was done before is repaired; what is right stays untouched, the flows too.
/// </remarks>
public sealed class PortPlumbing(Netlink host)
{
    /// <summary>
    /// Left to the container's own kernel. A train of UDP segments that crosses the overlay whole is lost at sockets that
    /// want its datagrams one by one, and a tunnel within the overlay cannot be offloaded (docs/design/datapath.md).
    /// </summary>
    internal static readonly string[] UnwantedOffloads =
        ["tx-udp-segmentation", "tx-udp_tnl-segmentation", "tx-udp_tnl-csum-segmentation"];

    readonly LinkRemover _remover = new(host);

    /// <summary>Gives a container its interface; done before, repairs what differs.</summary>
    /// <param name="port">What it shall be.</param>
    /// <param name="container">Its namespace.</param>
    /// <param name="guard">Called before the container's side comes up: from here on, packets may come.</param>
    /// <exception cref="LinuxException">EEXIST: the container has another interface of that name.</exception>
    public PlumbedPort Attach(PortInterface port, NetNs container, Action<PlumbedPort>? guard = null)
    {
        var existing = FindOwn(port, container);
        var link = existing ?? Create(port, container);
        try
        {
            guard?.Invoke(PlumbedPort.From(link)!);
            ContainerSide.Apply(container, port, link.PeerIndex, isNew: existing is null);
        }
        catch when (existing is null)
        {
            host.DeleteLink(link);
            throw;
        }
        return PlumbedPort.From(link)! with { HasCarrier = true };
    }

    /// <summary>
    /// Makes the pair with both sides in the host's namespace, for another program (Docker) to move, name and address.
    /// The container's side is called <see cref="PortInterface.Name"/> until then and is down. A pair that is there
    /// already is kept, wherever its other side is by now.
    /// </summary>
    public PlumbedPort CreateForMove(PortInterface port)
    {
        var link = host.FindLink(port.HostName);
        if (link is null || link.Group == LinkRemover.Doomed)
        {
            link = Create(port, container: null);
            host.SwitchOffloadsOff(port.Name, UnwantedOffloads);
        }
        else if (IsOwn(link, port))
            Repair(link, port);
        else
            throw Foreign(link);
        return PlumbedPort.From(link)!;
    }

    /// <summary>Removes a port's interface, both sides; false: there was none.</summary>
    public bool Remove(Guid uid) => _remover.Remove(uid);

    /// <summary>Null: the port has no interface here.</summary>
    public PlumbedPort? Find(Guid uid) =>
        host.FindLink(PortInterface.HostNameOf(uid)) is { } link && PlumbedPort.From(link) is { } port && port.Uid == uid
            ? port
            : null;

    /// <summary>All interfaces of ports, whoever made them: what a restarted agent takes over.</summary>
    public IReadOnlyList<PlumbedPort> List() => [.. host.ListLinks().Select(PlumbedPort.From).OfType<PlumbedPort>()];

    /// <summary>The first of eth0, eth1, … that the container has not.</summary>
    public static string FreeName(NetNs container, string prefix = "eth")
    {
        using var inside = Netlink.Open(container);
        var taken = inside.ListLinks().Select(link => link.Name).ToHashSet(StringComparer.Ordinal);
        return Enumerable.Range(0, int.MaxValue).Select(i => $"{prefix}{i}").First(name => !taken.Contains(name));
    }

    static bool IsOwn(Link link, PortInterface port) => link.Kind == "veth" && link.Alias == port.Alias;

    /// <summary>The pair that joins this port to this container. One that leads elsewhere is removed.</summary>
    Link? FindOwn(PortInterface port, NetNs container)
    {
        if (host.FindLink(port.HostName) is not { } link)
            return null;
        if (!IsOwn(link, port))
            throw Foreign(link);
        if (link.Group != LinkRemover.Doomed
            && link.PeerNamespaceId is { } id && host.FindNamespaceId(container) == id)
        {
            Repair(link, port);
            return link;
        }
        host.DeleteLink(link);
        return null;
    }

    static LinuxException Foreign(Link link) =>
        new($"attach {link.Name}", Errno.EEXIST, $"the interface is '{link.Alias}', not the port's");

    void Repair(Link link, PortInterface port)
    {
        if (link.Mtu != port.Mtu || link.Mac != MacAddress.Gateway)
            host.UpdateLink(link, new LinkUpdate { Mtu = port.Mtu, Mac = MacAddress.Gateway });
        if (!link.IsUp)
            host.SetUp(link);
    }

    Link Create(PortInterface port, NetNs? container)
    {
        var results = host.Execute(new NetlinkBatch()
            .CreateLink(Pair(port, container))
            .UpdateLink(port.HostName, new LinkUpdate { Alias = port.Alias, LinkLocalAddress = false })
            .SetUp(port.HostName));
        if (results[0] is { Errno: Errno.EEXIST } taken)
            throw new LinuxException(taken.Operation, taken.Errno, $"the name {port.Name} is taken in the namespace");
        if (results.FirstOrDefault(failure => failure is not null) is { } failed)
            throw failed;
        return host.GetLink(port.HostName);
    }

    static VethSpec Pair(PortInterface port, NetNs? container) => new()
    {
        Name = port.HostName,
        PeerName = port.Name,
        PeerNamespace = container,
        Mac = MacAddress.Gateway,
        PeerMac = port.Mac,
        Mtu = port.Mtu,
    };
}
