using System.Net;
using Weft.Model.State;

namespace Weft.Agent.Fabric;

/// <summary>Whom this node watches on the fabric.</summary>
static class WatchList
{
    /// <summary>With so many, one that is silent can be told from a node whose own link is dead.</summary>
    const int Fewest = 3;

    /// <summary>
    /// The nodes of members of load balancers that clients here may use, and those that answer for such a load balancer's
    /// floating IPs. If these are few, others too, as witnesses; if there are none, nobody.
    /// </summary>
    internal static Dictionary<IPAddress, uint> Of(NodeState state, uint node, IPAddress own)
    {
        var wanted = new HashSet<uint>();
        foreach (var balancer in state.Balancers.Values)
        {
            wanted.Add(balancer.NodeNumber);
            foreach (var pool in balancer.Pools)
                foreach (var member in pool.Members)
                    if (state.Ports.TryGetValue(member.Port, out var port))
                        wanted.Add(port.NodeNumber);
        }
        var list = new Dictionary<IPAddress, uint>();
        foreach (var number in wanted)
            Add(state.Peers.GetValueOrDefault(number));
        if (list.Count is > 0 and < Fewest)
            foreach (var peer in state.Peers.Values.OrderBy(peer => peer.Number).TakeWhile(_ => list.Count < Fewest))
                Add(peer);
        return list;

        void Add(NodePeer? peer)
        {
            if (peer is not null && peer.Number != node && peer.FabricAddress.AddressFamily == own.AddressFamily)
                list[peer.FabricAddress] = peer.Number;
        }
    }
}
