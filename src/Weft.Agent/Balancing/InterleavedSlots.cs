namespace Weft.Agent.Balancing;

/// <summary>Weighted round robin as a list that is walked: each member as often as its weight says, and as far apart as it can be.</summary>
static class InterleavedSlots
{
    /// <returns>Indexes of members. Weights with a common divisor are shortened by it; a weight of 0 is not in the list.</returns>
    internal static int[] Of(ReadOnlySpan<int> weights)
    {
        var divisor = 0;
        foreach (var weight in weights)
            divisor = GreatestCommonDivisor(divisor, weight);
        if (divisor == 0)
            return [];
        var length = 0;
        // The k-th of w turns is due at (k + 1/2) / w of the way: whose turn is due first comes first.
        var due = new PriorityQueue<int, (double Due, int Index)>();
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0)
                continue;
            length += weights[i] / divisor;
            due.Enqueue(i, (DueAt(0, weights[i] / divisor), i));
        }
        var (slots, taken) = (new int[length], new int[weights.Length]);
        for (var slot = 0; slot < length; slot++)
        {
            var i = slots[slot] = due.Dequeue();
            if (++taken[i] < weights[i] / divisor)
                due.Enqueue(i, (DueAt(taken[i], weights[i] / divisor), i));
        }
        return slots;
    }

    static double DueAt(int turn, int turns) => (turn + 0.5) / turns;

    static int GreatestCommonDivisor(int a, int b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);
}
