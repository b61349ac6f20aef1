namespace Weft.Cli.Documents;

/// <summary>Finds what somebody probably meant.</summary>
static class Nearest
{
    /// <summary>
    /// The one of <paramref name="known"/> that is at most two typing errors away from <paramref name="word"/>.
    /// </summary>
    public static string? To(string word, IEnumerable<string> known)
    {
        var best = known.Select(other =>
            (Word: other, Distance: Distance(word.ToLowerInvariant(), other.ToLowerInvariant())))
            .OrderBy(other => other.Distance)
            .FirstOrDefault((Word: "", Distance: int.MaxValue));
        return best.Distance <= Math.Min(2, word.Length / 2) ? best.Word : null;
    }

    /// <summary>Levenshtein's, over two rows.</summary>
    static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var current = new int[b.Length + 1];
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(replace, Math.Min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.Length];
    }
}
