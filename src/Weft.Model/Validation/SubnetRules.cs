using System.Net;
using Weft.Model.Addressing;
using Weft.Model.Resources;

namespace Weft.Model.Validation;

/// <summary>What can be said about the subnets of one document, of a network or an external one.</summary>
public static class SubnetRules
{
    public const int MostSubnets = 16;
    public const int MostPools = 16;

    internal static void Check(IReadOnlyList<Subnet>? subnets, Faults faults)
    {
        if (subnets is null)
            return;
        if (subnets.Count > MostSubnets)
            faults.Add("subnets", $"are {subnets.Count}; at most {MostSubnets} are allowed");
        for (var i = 0; i < subnets.Count; i++)
            CheckSubnet(subnets[i], $"subnets[{i}]", faults);
        CheckOverlaps(subnets, faults);
    }

    static void CheckSubnet(Subnet? subnet, string path, Faults faults)
    {
        if (subnet is null)
        {
            faults.Add(path, "is null");
            return;
        }
        PrefixRules.Check(subnet.Prefix, $"{path}.prefix", faults);
        if (!IsPresent(subnet))
            return;
        if (subnet.Gateway is { } gateway)
            CheckGateway(subnet.Prefix, gateway, $"{path}.gateway", faults);
        if (subnet.Pools is { } pools)
            CheckPools(subnet.Prefix, pools, $"{path}.pools", faults);
    }

    static void CheckGateway(IPNetwork prefix, IPAddress gateway, string path, Faults faults)
    {
        if (!prefix.Contains(gateway))
            faults.Add(path, $"{gateway} is not inside the prefix {prefix}");
        else if (!IsHost(prefix, gateway))
            faults.Add(path, $"{gateway} is not the address of a host in {prefix}");
    }

    static void CheckPools(IPNetwork prefix, IReadOnlyList<AddressRange> pools, string path, Faults faults)
    {
        if (pools.Count is 0 or > MostPools)
            faults.Add(path, pools.Count == 0
                ? "is empty; leave it out to use the whole prefix"
                : $"are {pools.Count}; at most {MostPools} are allowed");
        for (var i = 0; i < pools.Count; i++)
            CheckPool(prefix, pools[i], $"{path}[{i}]", faults);
        for (var i = 0; i < pools.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (IsRange(pools[i]) && IsRange(pools[j]) && Overlap(pools[i], pools[j]))
                    faults.Add($"{path}[{i}]", $"{Text(pools[i])} overlaps {Text(pools[j])}");
            }
        }
    }

    static void CheckPool(IPNetwork prefix, AddressRange? pool, string path, Faults faults)
    {
        if (pool?.Start is null || pool.End is null)
        {
            faults.Add(path, "needs a start and an end");
            return;
        }
        if (!prefix.Contains(pool.Start))
            faults.Add($"{path}.start", $"{pool.Start} is not inside the prefix {prefix}");
        if (!prefix.Contains(pool.End))
            faults.Add($"{path}.end", $"{pool.End} is not inside the prefix {prefix}");
        if (pool.Start.AddressFamily == pool.End.AddressFamily && pool.Start.ToNumber() > pool.End.ToNumber())
            faults.Add(path, $"the start {pool.Start} is behind the end {pool.End}");
    }

    static void CheckOverlaps(IReadOnlyList<Subnet> subnets, Faults faults)
    {
        for (var i = 0; i < subnets.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (IsPresent(subnets[i]) && IsPresent(subnets[j]) && subnets[i].Prefix.Overlaps(subnets[j].Prefix))
                    faults.Add($"subnets[{i}].prefix", $"{subnets[i].Prefix} overlaps {subnets[j].Prefix} of subnets[{j}]");
            }
        }
    }

    /// <summary>Neither the address of the prefix itself nor, in IPv4, its broadcast address.</summary>
    public static bool IsHost(IPNetwork prefix, IPAddress address)
    {
        var number = address.ToNumber();
        return number != prefix.First() && !(prefix.IsIPv4() && number == prefix.Last());
    }

    internal static bool IsPresent(Subnet? subnet) => subnet?.Prefix.BaseAddress is not null && !subnet.Prefix.Equals(default);

    static bool IsRange(AddressRange? pool) =>
        pool?.Start is not null && pool.End is not null && pool.Start.AddressFamily == pool.End.AddressFamily;

    static bool Overlap(AddressRange a, AddressRange b) =>
        a.Start.AddressFamily == b.Start.AddressFamily
        && a.Start.ToNumber() <= b.End.ToNumber() && b.Start.ToNumber() <= a.End.ToNumber();

    /// <summary>As people write it: <c>10.1.0.10-10.1.0.99</c>.</summary>
    public static string Text(AddressRange range) => $"{range.Start}-{range.End}";
}
