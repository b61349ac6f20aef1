namespace Weft.Rules.Tables;

/// <summary>A part of all ports whose answer is one.</summary>
/// <param name="First">The next part begins where it ends; the last ends at 65535.</param>
readonly record struct PortCell(int First, int Answer);

/// <summary>Cuts ranges of ports into the fewest prefixes of which the longest that covers a port answers.</summary>
/// <remarks>
/// The method of "Constructing Optimal IP Routing Tables" (Draves, King, Venkatachary, Zill; 1999), on a tree of 16 bits that
/// is as deep only as the cells ask for: from below, each node gathers the answers that cost least; from above, each
/// takes what it is given if that is among them.
/// </remarks>
sealed class PortPrefixes
{
    const int AllBits = 16;

    readonly PortCell[] _cells;
    readonly Action<ushort, byte, int> _emit;

    PortPrefixes(PortCell[] cells, Action<ushort, byte, int> emit) => (_cells, _emit) = (cells, emit);

    /// <param name="cells">In order, the first from port 0.</param>
    /// <param name="inherited">What answers where nothing is emitted; -1: nothing does.</param>
    /// <param name="emit">Takes value, number of bits and answer.</param>
    internal static void Cut(PortCell[] cells, int inherited, Action<ushort, byte, int> emit)
    {
        var cut = new PortPrefixes(cells, emit);
        cut.Choose(cut.Grow(0, 0, 0), 0, 0, inherited);
    }

    /// <param name="cell">That holds the first port of the prefix.</param>
    Node Grow(int first, int bits, int cell)
    {
        var end = first + (1 << (AllBits - bits));
        if (cell + 1 == _cells.Length || _cells[cell + 1].First >= end)
            return new([_cells[cell].Answer], null, null);
        var middle = first + (1 << (AllBits - bits - 1));
        var low = Grow(first, bits + 1, cell);
        while (cell + 1 < _cells.Length && _cells[cell + 1].First <= middle)
            cell++;
        var high = Grow(middle, bits + 1, cell);
        return new(Cheapest(low.Answers, high.Answers), low, high);
    }

    void Choose(Node node, int first, int bits, int inherited)
    {
        if (Array.BinarySearch(node.Answers, inherited) < 0)
            _emit((ushort)first, (byte)bits, inherited = node.Answers[0]);
        if (node.Low is null)
            return;
        Choose(node.Low, first, bits + 1, inherited);
        Choose(node.High!, first + (1 << (AllBits - bits - 1)), bits + 1, inherited);
    }

    /// <summary>What both can do with, or else what either can; in order.</summary>
    static int[] Cheapest(int[] one, int[] other)
    {
        if (one.Length == 1 && other.Length == 1 && one[0] == other[0])
            return one;
        var both = new List<int>();
        for (int i = 0, j = 0; i < one.Length && j < other.Length;)
        {
            var order = one[i].CompareTo(other[j]);
            if (order == 0)
                both.Add(one[i]);
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
        if (both.Count > 0)
            return [.. both];
        int[] either = [.. one, .. other];
        Array.Sort(either);
        return either;
    }

    sealed record Node(int[] Answers, Node? Low, Node? High);
}
