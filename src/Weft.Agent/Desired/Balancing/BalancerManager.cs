using System.Net;
using System.Net.Sockets;
using Weft.Dataplane.Abi;
using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;
using AbiPool = Weft.Dataplane.Abi.Pool;
using ModelPool = Weft.Model.Resources.Pool;

namespace Weft.Agent.Desired;

/// <summary>What names a pool of one family in the vrouter.</summary>
readonly record struct PoolName(Guid Balancer, string Pool, AddressFamily Family);

/// <summary>What names a listener in the vrouter.</summary>
readonly record struct ListenerName(Guid Balancer, string Listener);

/// <summary>What names a member in the vrouter. Another address is another member: connections to the first one end.</summary>
readonly record struct BackendName(NodeMemberKey Member, IPAddress Address);

/// <summary>A member as the vrouter has it.</summary>
/// <param name="IsUp">It gets new connections.</param>
readonly record struct BalancerBackend(BackendName Name, uint Number, int Weight, bool IsUp, Backend Entry);

/// <summary>Load balancers in the vrouter's words.</summary>
static class BalancerManager
{
    /// <summary>So small a part of the weight may be up before a table of source-hash is made of those alone.</summary>
    const int LeastUp = 4;

    static readonly AddressFamily[] Families = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    internal static string TextOf(PoolName name) => $"{name.Balancer} {name.Pool} {name.Family}";

    internal static string TextOf(ListenerName name) => $"{name.Balancer} {name.Listener}";

    internal static string TextOf(BackendName name) =>
        $"{name.Member.Balancer} {name.Member.Pool} {name.Member.Port} {name.Member.TargetPort} {name.Address}";

    internal static IEnumerable<KeyValuePair<RouteKey, RouteEntry>> Routes(NodeBalancer balancer, NodeNetwork network) =>
        balancer.Addresses.Select(address => KeyValuePair.Create(
            RouteKey.For(network.Vni, address), new RouteEntry { Action = FlowAction.Balancer, Vni = network.Vni }));

    /// <summary>Each port of each listener, at the virtual IP of each family: to a pool, or to the proxy.</summary>
    /// <remarks>
    /// Where there is a proxy, TCP to every other port leads to it too. Nothing listens there, so it is refused at once all the
    /// same; but requests of a listener that has just gone still lead where they did, and come to their end.
    /// </remarks>
    /// <param name="balancer">The load balancer.</param>
    /// <param name="network">Its network.</param>
    /// <param name="proxy">The port that its proxy listens at; null: there is none, and clients of HTTP are refused.</param>
    /// <param name="pools">Numbers.</param>
    /// <param name="listeners">Numbers.</param>
    internal static IEnumerable<KeyValuePair<FrontendKey, Frontend>> Frontends(
        NodeBalancer balancer, NodeNetwork network, NodePort? proxy, NumberBook<PoolName> pools, NumberBook<ListenerName> listeners)
    {
        if (balancer.Listeners.Any(listener => listener.IsHttp()))
            foreach (var address in balancer.Addresses)
                if (AddressOf(proxy, address) is { } own)
                    yield return new(
                        new() { Address = address, Vni = network.Vni, Protocol = IpProtocols.Tcp },
                        new() { Address = own, Vni = network.Vni });
        foreach (var listener in balancer.Listeners)
        {
            if (ProtocolOf(listener) is not { } protocol)
                continue;
            foreach (var address in balancer.Addresses)
            {
                var frontend = new Frontend
                {
                    Vni = network.Vni,
                    Listener = listeners.Of(new(balancer.Uid, listener.Name)),
                    MaxConnections = listener.MaxConnections,
                };
                if (!listener.IsHttp())
                    frontend.Pool = pools.Of(new(balancer.Uid, listener.Pool ?? "", address.AddressFamily));
                else if (AddressOf(proxy, address) is { } own)
                    frontend.Address = own;
                else
                    continue;
                for (int port = listener.Ports.First; port <= listener.Ports.Last; port++)
                    yield return new(new() { Address = address, Vni = network.Vni, Protocol = protocol, Port = (ushort)port }, frontend);
            }
        }
    }

    /// <summary>All members, with an address of each family that they and the load balancer have.</summary>
    /// <param name="balancer">The load balancer.</param>
    /// <param name="network">Its network.</param>
    /// <param name="portOf">By uid.</param>
    /// <param name="isWell">Whether a member that is asked is well.</param>
    /// <param name="isSilent">Whether a node no longer answers, by its number.</param>
    /// <param name="numbers">Of members.</param>
    internal static IEnumerable<BalancerBackend> Backends(
        NodeBalancer balancer, NodeNetwork network, Func<Guid, NodePort?> portOf, Func<NodeMemberKey, bool> isWell, Func<uint, bool> isSilent,
        NumberBook<BackendName> numbers)
    {
        foreach (var pool in balancer.Pools)
        {
            var serving = PoolStanding.Serving(pool, balancer.Uid, portOf, isWell, isSilent);
            foreach (var member in pool.Members)
            {
                var key = new NodeMemberKey(balancer.Uid, pool.Name, member.Port, member.TargetPort);
                if (portOf(member.Port) is not { NodeNumber: not 0 } port)
                    continue;
                var isUp = member.Weight > 0 && serving.Contains(member);
                foreach (var address in AddressesOf(port, balancer))
                {
                    var name = new BackendName(key, address);
                    yield return new(name, numbers.Of(name), member.Weight, isUp, new()
                    {
                        Address = address,
                        Vni = network.Vni,
                        Weight = (uint)member.Weight,
                        MaxConnections = member.MaxConnections,
                        Flags = (uint)(isUp ? BackendFlags.Up | BackendFlags.Keeps : BackendFlags.Keeps),
                        Port = member.TargetPort,
                    });
                }
            }
        }
    }

    internal static IEnumerable<KeyValuePair<PoolName, PoolSpec>> Pools(NodeBalancer balancer, IReadOnlyCollection<BalancerBackend> backends)
    {
        foreach (var pool in balancer.Pools)
            foreach (var family in Families.Where(family => balancer.Addresses.Any(address => address.AddressFamily == family)))
                yield return new(
                    new(balancer.Uid, pool.Name, family),
                    Of(pool, backends.Where(backend => backend.Name.Member.Pool == pool.Name && backend.Name.Address.AddressFamily == family)));
    }

    internal static AbiPool Entry(PoolSpec spec, uint offset, int slots) => new()
    {
        Offset = offset,
        Slots = (uint)slots,
        Balance = (uint)spec.Balance,
        AffinityS = spec.AffinitySeconds,
    };

    /// <summary>
    /// Who is not up is left out, so that its turns are shared out evenly. Not of source-hash: there it would move clients of
    /// others, and those whose turn leads to it go on from there to many.
    /// </summary>
    static PoolSpec Of(NodePool pool, IEnumerable<BalancerBackend> backends)
    {
        var all = backends.Where(backend => backend.Weight > 0).OrderBy(backend => backend.Number).ToList();
        var up = all.Where(backend => backend.IsUp).ToList();
        var balance = BalanceOf(pool);
        var isKept = balance == Balance.SourceHash && up.Sum(backend => backend.Weight) * LeastUp >= all.Sum(backend => backend.Weight);
        return new(balance, (uint)pool.AffinitySeconds,
            [.. (isKept ? all : up).Select(backend => new PoolMember(backend.Number, backend.Name.Member.Port, backend.Name.Member.TargetPort, backend.Weight))]);
    }

    static Balance BalanceOf(NodePool pool) => pool.Algorithm switch
    {
        ModelPool.LeastConnections => Balance.LeastConnections,
        ModelPool.SourceHash => Balance.SourceHash,
        _ => Balance.RoundRobin,
    };

    static IPAddress? AddressOf(NodePort? proxy, IPAddress address) =>
        proxy?.Addresses.FirstOrDefault(own => own.AddressFamily == address.AddressFamily);

    /// <summary>Null: not one that this agent knows.</summary>
    static byte? ProtocolOf(Listener listener) => listener.Protocol switch
    {
        Listener.Tcp or Listener.HttpProtocol or Listener.HttpsProtocol => IpProtocols.Tcp,
        Listener.Udp => IpProtocols.Udp,
        _ => null,
    };

    static IEnumerable<IPAddress> AddressesOf(NodePort port, NodeBalancer balancer) =>
        Families.Where(family => balancer.Addresses.Any(address => address.AddressFamily == family))
            .Select(family => port.Addresses.FirstOrDefault(address => address.AddressFamily == family)).OfType<IPAddress>();
}
