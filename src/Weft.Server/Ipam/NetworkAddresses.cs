using System.Net;
using System.Net.Sockets;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Server.Ipam;

/// <summary>Who has which address and MAC of one network, and what comes next.</summary>
sealed class NetworkAddresses
{
    readonly Dictionary<IPAddress, ResourceKey> holders = [];
    readonly Dictionary<MacAddress, ResourceKey> macs = [];
    readonly SubnetPool[] pools;

    public NetworkAddresses(Network network, IEnumerable<Resource> members)
    {
        pools = [.. (network.Subnets ?? []).Select(subnet => new SubnetPool(subnet, network.ExternalIpam))];
        foreach (var member in members)
            Take(member);
    }

    public bool IsTaken(IPAddress address, out ResourceKey holder) => holders.TryGetValue(address, out holder);

    public bool IsTaken(MacAddress mac, out ResourceKey holder) => macs.TryGetValue(mac, out holder);

    public bool Has(AddressFamily family) => pools.Any(pool => pool.Prefix.BaseAddress.AddressFamily == family);

    /// <summary>The next free address of the family, or of the one subnet; null when exhausted.</summary>
    public IPAddress? Next(AddressFamily family, IPNetwork? subnet = null)
    {
        foreach (var pool in pools)
        {
            var fits = subnet is { } prefix ? pool.Prefix.Equals(prefix) : pool.Prefix.BaseAddress.AddressFamily == family;
            if (fits && pool.Next() is { } address)
                return address;
        }
        return null;
    }

    public void Take(Resource member)
    {
        var key = ResourceKey.Of(member);
        foreach (var address in AddressesOf(member))
        {
            holders[address] = key;
            PoolOf(address)?.Take(address);
        }
        if (member is Port { MacAddress: { } mac })
            macs[mac] = key;
    }

    public void Release(Resource member)
    {
        foreach (var address in AddressesOf(member))
        {
            if (holders.Remove(address))
                PoolOf(address)?.Release(address);
        }
        if (member is Port { MacAddress: { } mac })
            macs.Remove(mac);
    }

    public static IEnumerable<IPAddress> AddressesOf(Resource member) => member switch
    {
        Port port => port.Addresses ?? [],
        LoadBalancer balancer => balancer.Addresses ?? [],
        AddressReservation { Address: { } address } => [address],
        _ => [],
    };

    SubnetPool? PoolOf(IPAddress address) => Array.Find(pools, pool => pool.Prefix.Contains(address));
}
