using System.Collections.Immutable;
using Weft.Agent.Desired;
using Weft.Linux;
using Weft.Model.State;

namespace Weft.Agent.Fabric;

/// <summary>Asks the kernel how each peer is reached.</summary>
sealed class PathFinder(Netlink netlink)
{
    /// <summary>The paths that there are now; unchanged ones are the objects of <paramref name="known"/>.</summary>
    internal ImmutableDictionary<uint, FabricPath> Find(
        IEnumerable<NodePeer> peers, FabricInfo fabric, ImmutableDictionary<uint, FabricPath> known)
    {
        var paths = ImmutableDictionary.CreateBuilder<uint, FabricPath>();
        var mtus = new Dictionary<int, int>();
        foreach (var peer in peers)
        {
            if (Find(peer, fabric, mtus) is not { } path)
                continue;
            paths[peer.Number] = known.TryGetValue(peer.Number, out var old) && old == path ? old : path;
        }
        return paths.Count == known.Count && paths.All(path => known.GetValueOrDefault(path.Key) == path.Value)
            ? known
            : paths.ToImmutable();
    }

    FabricPath? Find(NodePeer peer, FabricInfo fabric, Dictionary<int, int> mtus)
    {
        if (peer.FabricAddress.AddressFamily != fabric.Address.AddressFamily
            || netlink.LookUpRoute(peer.FabricAddress) is not { Type: RouteType.Unicast } route)
            return null;
        if (!mtus.TryGetValue(route.LinkIndex, out var mtu))
            mtus[route.LinkIndex] = mtu = netlink.FindLink(route.LinkIndex)?.Mtu ?? fabric.Mtu;
        // Peers tell nodes apart by the outer source: it is the address that the server knows of this node.
        return new(route.LinkIndex, fabric.Address, route.NextHop, Math.Min(mtu, route.Mtu ?? int.MaxValue));
    }
}
