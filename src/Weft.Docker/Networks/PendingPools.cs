using System.Net;
using Weft.Agent.State;
using Weft.Model.Addressing;

namespace Weft.Docker.Networks;

/// <summary>Pools that Docker asked of our IPAM driver for a network that it has not made yet.</summary>
/// <remarks>
/// The call that makes the network names the prefix but not the pool, so of equal prefixes only one may be
/// pending. One that is not claimed within a minute belongs to a command that failed.
/// </remarks>
sealed class PendingPools(Latest<AgentState> agent, TimeProvider time)
{
    const string Prefix = "pending";
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    // Sixteen /24 of IPv4, and /64 of unique local addresses, that nobody else is likely to use.
    static readonly IPNetwork DefaultV4 = IPNetwork.Parse("10.192.0.0/10");
    static readonly IPNetwork DefaultV6 = IPNetwork.Parse("fd57:6566:7400::/40");

    readonly Lock _lock = new();
    readonly Dictionary<string, (IPNetwork Prefix, DateTimeOffset Since)> _pools = new(StringComparer.Ordinal);

    public static bool IsPending(string pool) => pool.StartsWith(Prefix, StringComparison.Ordinal);

    /// <param name="wanted">Null: one that no network uses.</param>
    /// <param name="v6">Family of the one chosen.</param>
    /// <exception cref="DriverException">Another command is making a network with the same prefix.</exception>
    public (string Id, IPNetwork Prefix) Add(IPNetwork? wanted, bool v6)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            foreach (var (id, pool) in _pools.Where(pool => now - pool.Value.Since > Lifetime).ToList())
                _pools.Remove(id);
            var prefix = wanted ?? ChooseNeedsLock(v6);
            if (_pools.Values.Any(pool => pool.Prefix.Equals(prefix)))
                throw new DriverException($"another network with {prefix} is being made at this moment; try again");
            var name = $"{Prefix}-{Guid.NewGuid():n}/{prefix}";
            _pools[name] = (prefix, now);
            return (name, prefix);
        }
    }

    /// <summary>The pool becomes that of a network.</summary>
    public string? Claim(IPNetwork prefix)
    {
        lock (_lock)
        {
            var id = _pools.FirstOrDefault(pool => pool.Value.Prefix.Equals(prefix)).Key;
            if (id is not null)
                _pools.Remove(id);
            return id;
        }
    }

    public void Drop(string id)
    {
        lock (_lock)
            _pools.Remove(id);
    }

    IPNetwork ChooseNeedsLock(bool v6)
    {
        var used = agent.Value.State.Networks.Values.SelectMany(network => network.Subnets).Select(subnet => subnet.Prefix)
            .Concat(_pools.Values.Select(pool => pool.Prefix)).ToList();
        var (from, length) = v6 ? (DefaultV6, 64) : (DefaultV4, 24);
        var step = UInt128.One << (AddressMath.Bits(from.BaseAddress.AddressFamily) - length);
        for (var at = from.First(); at < from.Last(); at += step)
        {
            var candidate = new IPNetwork(at.ToAddress(from.BaseAddress.AddressFamily), length);
            if (!used.Any(prefix => candidate.Overlaps(prefix)))
                return candidate;
        }
        throw new DriverException($"all of {from} is in use; give a prefix with --subnet");
    }
}
