using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Weft.Agent.Desired;
using Weft.Linux;
using Weft.Linux.Interop;
using Weft.Model.State;

namespace Weft.Agent.Fabric;

/// <summary>What the runtime knows of the way to other nodes; looked up again when the host's network changes.</summary>
sealed partial class FabricState(AgentOptions options, Netlink netlink, ILogger logger)
{
    internal const string AnchorName = "weft-gro";

    readonly PathFinder _finder = new(netlink);
    ImmutableDictionary<uint, NodePeer> _peers = ImmutableDictionary<uint, NodePeer>.Empty;
    bool _anchorTried;

    /// <summary>Null: no address that another node could send to.</summary>
    internal FabricInfo? Info { get; private set; }

    internal ImmutableDictionary<uint, FabricPath> Paths { get; private set; } = ImmutableDictionary<uint, FabricPath>.Empty;

    /// <summary>The next hop of the default route, if the fabric has it: somebody on the fabric who is no peer.</summary>
    internal IPAddress? Gateway { get; private set; }

    internal bool IsV6 => Info?.Address.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>Interfaces that packets of other nodes come in by.</summary>
    internal IReadOnlySet<int> Interfaces => Info is { } info
        ? Paths.Values.Select(path => path.Ifindex).Append(info.Ifindex).ToHashSet()
        : new HashSet<int>();

    /// <param name="peers">Of the newest state.</param>
    /// <param name="changed">The host's network changed: look at everything again.</param>
    internal void Refresh(ImmutableDictionary<uint, NodePeer> peers, bool changed)
    {
        if (changed || Info is null)
        {
            Info = (Info is null ? null : Again(Info)) ?? FabricDetector.Detect(netlink, options) ?? Info;
            Gateway = Info is null ? null : netlink.ListRoutes(Info.Address.AddressFamily)
                .Where(route => route.Destination.PrefixLength == 0 && route.LinkIndex == Info.Ifindex && route.Gateway is not null)
                .MinBy(route => route.Metric ?? 0)?.Gateway;
        }
        if (!changed && ReferenceEquals(peers, _peers) && Info is not null)
            return;
        _peers = peers;
        if (Info is not null)
            Paths = _finder.Find(peers.Values, Info, Paths);
    }

    /// <summary>The same as long as it holds: other nodes know the address, so nothing better is looked for.</summary>
    FabricInfo? Again(FabricInfo info)
    {
        if (netlink.FindLink(info.Ifindex) is not { } link
            || !netlink.ListAddresses(info.Ifindex).Any(own => own.Address.Equals(info.Address)))
            return null;
        return link.Mtu == info.Mtu ? info : info with { Mtu = link.Mtu };
    }

    /// <summary>The change may have moved a path. What every new interface brings with it does not.</summary>
    internal bool IsConcernedBy(NetworkChange change) => change switch
    {
        RouteChange { Route.Destination.BaseAddress: { IsIPv6LinkLocal: true } or { IsIPv6Multicast: true } } => false,
        AddressChange { Address.Address.IsIPv6LinkLocal: true } => false,
        RouteChange or AddressChange or ResyncNeeded => true,
        LinkChange link => Info is null || link.Link.Index == Info.Ifindex || Paths.Values.Any(path => path.Ifindex == link.Link.Index),
        _ => false,
    };

    /// <summary>
    /// Makes the anchor for GRO: the kernel merges VXLAN packets only while a tunnel listens on their port. The vrouter
    /// takes what is its own before that tunnel sees it. It is a help, never a need.
    /// </summary>
    internal void EnsureAnchor()
    {
        if (_anchorTried || !options.GroAnchor)
            return;
        _anchorTried = true;
        try
        {
            if (netlink.FindLink(AnchorName) is null)
                netlink.Submit(new NetlinkBatch()
                    .CreateLink(new VxlanSpec
                    {
                        Name = AnchorName,
                        Settings = new() { Port = (ushort)options.VxlanPort, CollectMetadata = true },
                    })
                    .UpdateLink(AnchorName, new LinkUpdate { LinkLocalAddress = false })
                    .SetUp(AnchorName));
        }
        catch (LinuxException failure)
        {
            LogNoAnchor(options.VxlanPort, failure.Message);
            if (failure.Errno != Errno.EEXIST && netlink.FindLink(AnchorName) is not null)
                netlink.DeleteLink(AnchorName);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "No VXLAN interface on port {Port} for merging received packets ({Reason}): overlay traffic costs more CPU")]
    partial void LogNoAnchor(int port, string reason);
}
