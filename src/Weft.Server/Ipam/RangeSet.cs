namespace Weft.Server.Ipam;

/// <summary>A set of numbers kept as ranges: its size is that of its gaps, not of its members.</summary>
/// <remarks>Finding is by bisection; a change moves at most the ranges behind it. No range is empty and none touch.</remarks>
sealed class RangeSet
{
    readonly List<(UInt128 First, UInt128 Last)> ranges = [];

    public bool IsEmpty => ranges.Count == 0;

    /// <summary>The lowest member; the set must not be empty.</summary>
    public UInt128 Min => ranges[0].First;

    /// <summary>The highest member; the set must not be empty.</summary>
    public UInt128 Max => ranges[^1].Last;

    public bool Contains(UInt128 number)
    {
        var index = IndexAtOrBefore(number);
        return index >= 0 && number <= ranges[index].Last;
    }

    public void Add(UInt128 number) => AddRange(number, number);

    /// <summary>Adds a range that has no member in common with the set.</summary>
    public void AddRange(UInt128 first, UInt128 last)
    {
        var before = IndexAtOrBefore(first);
        var joinsBefore = before >= 0 && ranges[before].Last + 1 == first;
        var after = before + 1;
        var joinsAfter = after < ranges.Count && last + 1 == ranges[after].First;
        if (joinsBefore && joinsAfter)
        {
            ranges[before] = (ranges[before].First, ranges[after].Last);
            ranges.RemoveAt(after);
        }
        else if (joinsBefore)
        {
            ranges[before] = (ranges[before].First, last);
        }
        else if (joinsAfter)
        {
            ranges[after] = (first, ranges[after].Last);
        }
        else
        {
            ranges.Insert(after, (first, last));
        }
    }

    /// <returns>Whether it was a member.</returns>
    public bool Remove(UInt128 number)
    {
        var index = IndexAtOrBefore(number);
        if (index < 0 || number > ranges[index].Last)
            return false;
        var (first, last) = ranges[index];
        if (first == last)
        {
            ranges.RemoveAt(index);
        }
        else if (number == first)
        {
            ranges[index] = (first + 1, last);
        }
        else
        {
            ranges[index] = (first, number - 1);
            if (number != last)
                ranges.Insert(index + 1, (number + 1, last));
        }
        return true;
    }

    /// <summary>The last range that starts at or before the number; -1: none.</summary>
    int IndexAtOrBefore(UInt128 number)
    {
        var (low, high) = (0, ranges.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (ranges[middle].First <= number)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return high;
    }
}
