using System.Text;

namespace Weft.Cli.Flows;

/// <summary>A line that is being typed in a shell, up to the cursor.</summary>
/// <param name="Words">Before the last one, without their quotes.</param>
/// <param name="Last">What there is of the word at the cursor, without quotes; empty after a blank.</param>
/// <param name="Quote">In which the cursor is; <c>\0</c>: in none.</param>
sealed record ShellLine(IReadOnlyList<string> Words, string Last, char Quote)
{
    public static ShellLine Parse(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quote, inWord) = ('\0', false);
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (quote == '\0' && c is ' ' or '\t' && quote == '\0')
            {
                if (inWord)
                    words.Add(word.ToString());
                word.Clear();
                inWord = false;
                continue;
            }
            inWord = true;
            if (c == quote)
                quote = '\0';
            else if (quote == '\0' && c is '"' or '\'' && quote == '\0')
                quote = c;
            else
                word.Append(c == '\\' && quote != '\'' && i + 1 < line.Length ? line[++i] : c);
        }
        return new(words, word.ToString(), quote);
    }
}
