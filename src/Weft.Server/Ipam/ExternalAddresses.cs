using System.Net;
using System.Net.Sockets;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Server.Ipam;

/// <summary>Who has which address of one external network, and what comes next.</summary>
sealed class ExternalAddresses(ExternalNetwork external)
{
    readonly Dictionary<IPAddress, ResourceKey> holders = [];
    readonly SubnetPool[] pools = [.. (external.Subnets ?? []).Select(subnet => new SubnetPool(subnet, descending: false))];

    public bool IsTaken(IPAddress address, out ResourceKey holder) => holders.TryGetValue(address, out holder);

    public bool Has(AddressFamily family) => pools.Any(pool => pool.Prefix.BaseAddress.AddressFamily == family);

    /// <summary>Whether the address lies in a pool: what is beside them is not given out, also not by name.</summary>
    public bool Offers(IPAddress address) => pools.Any(pool => pool.Offers(address));

    /// <summary>The next free address of the family; null when exhausted.</summary>
    public IPAddress? Next(AddressFamily family) =>
        pools.Where(pool => pool.Prefix.BaseAddress.AddressFamily == family).Select(pool => pool.Next()).FirstOrDefault(next => next is not null);

    public void Take(IPAddress address, ResourceKey holder)
    {
        holders[address] = holder;
        PoolOf(address)?.Take(address);
    }

    public void Release(IPAddress address)
    {
        if (holders.Remove(address))
            PoolOf(address)?.Release(address);
    }

    SubnetPool? PoolOf(IPAddress address) => Array.Find(pools, pool => pool.Prefix.Contains(address));
}
