using System.Net;
using System.Net.Sockets;
using Weft.Agent.Desired;
using Weft.Linux;
using Weft.Linux.Interop;
using Weft.Model.Addressing;

namespace Weft.Agent.Names;

/// <summary>The network namespace in which the agent listens for its ports, and out of which it asks them.</summary>
/// <remarks>
/// Why one of its own: callers of overlapping networks come with translated addresses (weft_service in abi.h),
/// which must mean nothing to the host, and a socket in there is reached by nobody else. The veth has one
/// neighbour at its other end, the vrouter, set by hand: nothing is ever resolved.
/// </remarks>
sealed class ServiceNamespace : IDisposable
{
    internal const string HostInterface = "weft-svc";
    const string Inside = "svc0";
    const string Alias = "weft-service";
    const int Mtu = 65_000; // never the narrowest place of a path

    static readonly IPAddress GatewayV4 = IPAddress.Parse("169.254.53.1");
    static readonly IPAddress GatewayV6 = IPAddress.Parse("fd77:6566:7400:53::1");

    readonly NetNs _namespace;
    readonly List<Socket> _sockets = [];

    ServiceNamespace(NetNs ns, ServiceInterface link) => (_namespace, Interface) = (ns, link);

    internal ServiceInterface Interface { get; }

    /// <summary>Opens a socket that asks ports, by the addresses that stand for them.</summary>
    internal Socket OpenSocket(AddressFamily family, SocketType type, ProtocolType protocol) => _namespace.OpenSocket(family, type, protocol);

    internal IReadOnlyList<Socket> Udp => [.. _sockets.Where(socket => socket.SocketType == SocketType.Dgram)];

    internal IReadOnlyList<Socket> Tcp => [.. _sockets.Where(socket => socket.SocketType == SocketType.Stream)];

    internal static string NameOf(string node) => $"weft-svc-{node}";

    /// <summary>Makes it, or repairs the one that an earlier agent left, and listens.</summary>
    internal static ServiceNamespace Open(Netlink host, string node)
    {
        var ns = OpenOrCreate(NameOf(node));
        try
        {
            var link = FindPair(host, ns) ?? CreatePair(host, ns);
            var service = new ServiceNamespace(ns, new(link.Index, Configure(ns, link.PeerIndex)));
            service.Listen();
            return service;
        }
        catch
        {
            ns.Dispose();
            throw;
        }
    }

    /// <summary>Removes the namespace and its veth for good.</summary>
    internal static void Delete(Netlink host, string node)
    {
        if (host.FindLink(HostInterface) is { Alias: Alias } link)
            host.DeleteLink(link);
        NetNs.Delete(NameOf(node));
    }

    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _namespace.Dispose();
    }

    static NetNs OpenOrCreate(string name)
    {
        if (NetNs.Names().Contains(name))
        {
            try
            {
                return NetNs.OpenNamed(name);
            }
            catch (LinuxException)
            {
                NetNs.Delete(name); // a file without a namespace: a reboot came between
            }
        }
        return NetNs.Create(name);
    }

    static Link? FindPair(Netlink host, NetNs ns)
    {
        if (host.FindLink(HostInterface) is not { } link)
            return null;
        if (link.Alias == Alias && link.PeerNamespaceId is { } id && host.FindNamespaceId(ns) == id)
            return link;
        if (link.Alias != Alias)
            throw new LinuxException($"create link {HostInterface}", Errno.EEXIST, "an interface of that name is not ours");
        host.DeleteLink(link);
        return null;
    }

    static Link CreatePair(Netlink host, NetNs ns)
    {
        host.Submit(new NetlinkBatch()
            .CreateLink(new VethSpec
            {
                Name = HostInterface,
                Mac = MacAddress.Gateway,
                PeerName = Inside,
                PeerNamespace = ns,
                Mtu = Mtu,
            })
            .UpdateLink(HostInterface, new LinkUpdate { Alias = Alias, LinkLocalAddress = false })
            .SetUp(HostInterface));
        return host.GetLink(HostInterface);
    }

    static MacAddress Configure(NetNs ns, int index)
    {
        using var inside = Netlink.Open(ns);
        inside.Submit(new NetlinkBatch()
            .SetUp("lo")
            .UpdateLink(index, new LinkUpdate { LinkLocalAddress = false })
            .SetUp(index));
        Configure(inside, index, ServiceAddresses.V4, GatewayV4, ServiceAddresses.CallersV4, ServiceAddresses.ProbesV4);
        Configure(inside, index, ServiceAddresses.V6, GatewayV6, ServiceAddresses.CallersV6, ServiceAddresses.ProbesV6);
        // Group 0, the agent's, may open ping sockets; of both families.
        new Sysctl(ns).Write("ipv4/ping_group_range", "0 0");
        return inside.GetLink(index).Mac!.Value;
    }

    static void Configure(Netlink inside, int index, IPAddress own, IPAddress gateway, params ReadOnlySpan<IPNetwork> ports)
    {
        var batch = new NetlinkBatch()
            .SetAddress(new InterfaceAddress
            {
                LinkIndex = index,
                Address = own,
                PrefixLength = own.AddressFamily == AddressFamily.InterNetwork ? 32 : 128,
                NoDuplicateDetection = own.AddressFamily == AddressFamily.InterNetworkV6,
            })
            .SetNeighbour(new Neighbour { LinkIndex = index, Address = gateway, Mac = MacAddress.Gateway });
        foreach (var prefix in ports)
            batch.SetRoute(new Route { Destination = prefix, Gateway = gateway, LinkIndex = index, OnLink = true });
        inside.Submit(batch);
    }

    void Listen()
    {
        foreach (var address in (IPAddress[])[ServiceAddresses.V4, ServiceAddresses.V6])
        {
            _sockets.Add(_namespace.BindUdp(new(address, 53)));
            _sockets.Add(_namespace.ListenTcp(new(address, 53)));
        }
    }
}
