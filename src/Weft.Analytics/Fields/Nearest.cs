namespace Weft.Analytics.Fields;

/// <summary>What might have been meant by a word that is unknown.</summary>
public static class Nearest
{
    const int Most = 3;
    const int LongestWord = 64;

    /// <summary>The words that differ in few letters, or have it as a part; best first.</summary>
    public static IReadOnlyList<string> Of(string text, IEnumerable<string> known)
    {
        if (text.Length is 0 or > LongestWord)
            return [];
        var limit = Math.Max(1, text.Length / 3);
        var ranked = known.Select(word => (Word: word, Distance: Rank(text, word, limit))).Where(pair => pair.Distance <= limit).ToList();
        var best = ranked.Count == 0 ? 0 : ranked.Min(pair => pair.Distance);
        return
        [
            .. ranked.Where(pair => pair.Distance <= best + 1).OrderBy(pair => pair.Distance).ThenBy(pair => pair.Word, StringComparer.Ordinal)
                .Take(Most).Select(pair => pair.Word),
        ];
    }

    /// <summary>Of a list for people: <c>; do you mean a, b or c?</c>, or nothing.</summary>
    public static string Question(IReadOnlyList<string> near) => near.Count switch
    {
        0 => "",
        1 => $"; do you mean {near[0]}?",
        _ => $"; do you mean {string.Join(", ", near.Take(near.Count - 1))} or {near[^1]}?",
    };

    static int Rank(string text, string word, int limit) =>
        text.Length > 2 && word.Split('.').Contains(text, StringComparer.OrdinalIgnoreCase) ? 0
        : Math.Min(Distance(text, word), text.Length > 3 && word.Contains(text, StringComparison.OrdinalIgnoreCase) ? limit : int.MaxValue);

    /// <summary>Letters to change, add, take away or swap with the next; case does not count (optimal string alignment).</summary>
    static int Distance(string one, string other)
    {
        var rows = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++)
        {
            for (var j = 0; j <= other.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }
                var changed = rows[i - 1, j - 1] + (IsSame(one[i - 1], other[j - 1]) ? 0 : 1);
                var best = Math.Min(changed, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && IsSame(one[i - 1], other[j - 2]) && IsSame(one[i - 2], other[j - 1]))
                    best = Math.Min(best, rows[i - 2, j - 2] + 1);
                rows[i, j] = best;
            }
        }
        return rows[one.Length, other.Length];
    }

    static bool IsSame(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
