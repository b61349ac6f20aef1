using System.Net;
using Weft.Model.Addressing;
using Weft.Model.Resources;

namespace Weft.Server.Ipam;

/// <summary>Which parts of one prefix the networks of one project use, and the first piece that none does.</summary>
/// <remarks>
/// All pieces below a mark are known to be used, so that a thousand networks made in a row do not look at
/// each other. Whatever is given back takes the mark to the start again.
/// </remarks>
sealed class UsedPrefixes(IPNetwork whole, int pieceLength)
{
    readonly UInt128 start = whole.First();
    readonly UInt128 end = whole.Last();
    readonly UInt128 size = UInt128.One << AddressMath.Bits(whole.BaseAddress.AddressFamily) - pieceLength;
    readonly SortedSet<(UInt128 First, UInt128 Last, Guid Network)> used = [];
    UInt128 mark = whole.First();

    /// <summary>The first piece that overlaps no used prefix; null when there is none.</summary>
    public IPNetwork? FirstFree()
    {
        var candidate = mark;
        foreach (var (first, last, _) in used.GetViewBetween((mark, 0, Guid.Empty), (UInt128.MaxValue, UInt128.MaxValue, Guid.AllBitsSet)))
        {
            if (first >= candidate + size)
                break;
            candidate = Behind(candidate, last);
        }
        mark = candidate;
        return candidate + (size - 1) <= end
            ? new IPNetwork(candidate.ToAddress(whole.BaseAddress.AddressFamily), pieceLength)
            : null;
    }

    public void Add(Network network)
    {
        foreach (var range in RangesOf(network))
        {
            // One that begins below the mark covers whatever it has above it.
            if (used.Add(range) && range.First < mark)
                mark = Behind(mark, range.Last);
        }
    }

    public void Remove(Network network)
    {
        foreach (var range in RangesOf(network))
        {
            if (used.Remove(range))
                mark = start;
        }
    }

    /// <summary>The candidate, or the first piece behind what is used.</summary>
    UInt128 Behind(UInt128 candidate, UInt128 last) => last < candidate ? candidate : (last / size + 1) * size;

    IEnumerable<(UInt128 First, UInt128 Last, Guid Network)> RangesOf(Network network) =>
        (network.Subnets ?? [])
            .Where(subnet => subnet.Prefix.Overlaps(whole))
            .Select(subnet => (UInt128.Max(subnet.Prefix.First(), start), UInt128.Min(subnet.Prefix.Last(), end), network.Uid));
}
