using System.Net;
using System.Net.Sockets;
using Weft.Model.Addressing;
using Weft.Model.Resources;

namespace Weft.Server.Ipam;

/// <summary>Which addresses of one subnet may be chosen next.</summary>
/// <remarks>
/// The lowest address that was never used comes first (the highest when descending):
/// that is what people expect to see. An address that was released waits behind those, and the longest
/// waiting goes first, so that what still remembers the old owner (ARP, DNS, connections) has time to
/// forget. At most <see cref="MostResting"/> wait; then the oldest counts as never used. Choosing and
/// taking cost the logarithm of the number of gaps, whatever the size of the prefix.
/// </remarks>
sealed class SubnetPool
{
    const int MostResting = 4096;

    readonly AddressFamily family;
    readonly bool descending;
    readonly List<(UInt128 First, UInt128 Last)> pools = [];
    readonly HashSet<UInt128> never = [];
    readonly RangeSet fresh = new();
    readonly Dictionary<UInt128, long> resting = [];
    readonly Queue<(UInt128 Number, long Turn)> turns = new();
    long turn;

    public SubnetPool(Subnet subnet, bool descending)
    {
        Prefix = subnet.Prefix;
        family = subnet.Prefix.BaseAddress.AddressFamily;
        this.descending = descending;
        if (subnet.Pools is { } ranges)
            pools.AddRange(ranges.Select(range => (range.Start.ToNumber(), range.End.ToNumber())));
        else
            pools.Add((subnet.Prefix.First(), subnet.Prefix.Last()));
        foreach (var (first, last) in pools)
            fresh.AddRange(first, last);
        Exclude(subnet.Prefix.First());
        if (family == AddressFamily.InterNetwork)
            Exclude(subnet.Prefix.Last());
        if (subnet.Gateway is { } gateway)
            Exclude(gateway.ToNumber());
    }

    public IPNetwork Prefix { get; }

    /// <summary>Whether the address is of the pools, taken or not.</summary>
    public bool Offers(IPAddress address) =>
        address.AddressFamily == family && address.ToNumber() is var number && !never.Contains(number) && IsInPools(number);

    /// <summary>The address to give out next; null when the pools are exhausted. Does not take it.</summary>
    public IPAddress? Next()
    {
        if (!fresh.IsEmpty)
            return (descending ? fresh.Max : fresh.Min).ToAddress(family);
        return Oldest() is { } oldest ? oldest.ToAddress(family) : null;
    }

    public void Take(IPAddress address)
    {
        var number = address.ToNumber();
        if (!fresh.Remove(number))
            resting.Remove(number);
    }

    public void Release(IPAddress address)
    {
        var number = address.ToNumber();
        if (never.Contains(number) || !IsInPools(number))
            return;
        if (resting.Count >= MostResting && Oldest() is { } oldest)
        {
            resting.Remove(oldest);
            fresh.Add(oldest);
        }
        resting[number] = ++turn;
        turns.Enqueue((number, turn));
    }

    bool IsInPools(UInt128 number) => pools.Exists(pool => pool.First <= number && number <= pool.Last);

    void Exclude(UInt128 number)
    {
        never.Add(number);
        fresh.Remove(number);
    }

    UInt128? Oldest()
    {
        // Turns of addresses that were taken in the meantime are passed over.
        while (turns.TryPeek(out var next))
        {
            if (resting.TryGetValue(next.Number, out var latest) && latest == next.Turn)
                return next.Number;
            turns.Dequeue();
        }
        return null;
    }
}
