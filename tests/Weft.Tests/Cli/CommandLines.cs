using System.CommandLine;
using System.Text;

namespace Weft.Tests.Cli;

/// <summary>Finds the <c>weft</c> commands in lines of shell, as far as documents use shell.</summary>
static class CommandLines
{
    static readonly string[] Separators = ["|", "||", "&&", ";", "&", ">", ">>", "2>"];

    /// <summary>The words after <c>weft</c>, for each command of <paramref name="line"/> that is one.</summary>
    public static IEnumerable<string[]> Weft(string line) => Commands(line, "weft");

    /// <summary>The words after <paramref name="program"/>; behind <c>sudo</c> and assignments too.</summary>
    public static IEnumerable<string[]> Commands(string line, string program)
    {
        var words = new List<string>();
        foreach (var word in (IEnumerable<string>)[.. Words(line), ";"])
        {
            if (!Separators.Contains(word))
            {
                words.Add(word);
                continue;
            }
            var start = words.FindIndex(w => w != "sudo" && !w.Contains('=', StringComparison.Ordinal));
            if (start >= 0 && words[start] == program)
                yield return [.. words.Skip(start + 1)];
            words.Clear();
        }
    }

    public static void AssertParses(RootCommand root, string line)
    {
        foreach (var words in Weft(line))
        {
            var parsed = root.Parse(words);
            Assert.True(parsed.Errors.Count == 0,
                $"{line}\n{string.Join('\n', parsed.Errors.Select(error => error.Message))}");
            Assert.True(parsed.CommandResult.Command.Action is not null
                || words.Contains("--help"), $"{line}\nis not a whole command");
        }
    }

    /// <summary>Splits at blanks outside of quotes; a comment ends the line.</summary>
    static List<string> Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var quote = '\0';
        var inWord = false;
        foreach (var c in line + " ")
        {
            if (quote == '\0' && c == '#' && !inWord)
                break;
            if (quote == '\0' && c is '\'' or '"' && quote == '\0')
                (quote, inWord) = (c, true);
            else if (quote != '\0' && c == quote)
                quote = '\0';
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (inWord)
                    words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
            else
            {
                word.Append(c);
                inWord = true;
            }
        }
        return words;
    }
}
