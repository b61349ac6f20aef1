using System.Text.RegularExpressions;

namespace Weft.Analytics.Filters;

/// <summary>
/// Regular expressions that mean the same in both stores (RE2) and here: no look-around, no back references, so that none
/// of them can take long.
/// </summary>
static class FilterRegex
{
    internal const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    const string Escapes = "dDwWsSbBAztnrfv";
    const int MostRepeats = 100;

    /// <returns>What is wrong; null: nothing.</returns>
    internal static string? Fault(string pattern)
    {
        if (pattern.Length > FilterLimits.Regex)
            return $"a regular expression may have at most {FilterLimits.Regex} characters";
        if (pattern.Any(char.IsSurrogate) || pattern.Contains('\0'))
            return "a regular expression may not have such characters";
        if (Foreign(pattern) is { } foreign)
            return $"'{foreign}' is not understood in regular expressions: those of RE2 without look-around, back references and classes of Unicode are";
        try
        {
            _ = new Regex(pattern, Options);
            return null;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return $"is no regular expression: {Short(error.Message)}";
        }
    }

    /// <summary>What one of the engines knows and another does not.</summary>
    static string? Foreign(string pattern)
    {
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var rest = pattern.AsSpan(i);
            if (pattern[i] == '\\')
            {
                if (i + 1 < pattern.Length && char.IsAsciiLetterOrDigit(pattern[i + 1]) && !Escapes.Contains(pattern[i + 1], StringComparison.Ordinal)
                    || i + 1 < pattern.Length && inClass && "bBAz".Contains(pattern[i + 1], StringComparison.Ordinal))
                    return pattern.Substring(i, 2);
                i++;
            }
            else if (inClass)
            {
                if (pattern[i] == '[')
                    return "[ within [ ] (write \\[)";
                inClass = pattern[i] != ']';
            }
            else if (pattern[i] == '[')
            {
                inClass = true;
                i += rest.StartsWith("[^") ? 1 : 0;
                if (i + 1 < pattern.Length && pattern[i + 1] == ']')
                    return "[] (write \\])";
            }
            else if (rest.StartsWith("(?") && !rest.StartsWith("(?:") && !rest.StartsWith("(?i)"))
                return pattern.Substring(i, Math.Min(4, pattern.Length - i));
            else if (pattern[i] == '{' && Repeats(rest) is { } repeats)
                return repeats;
        }
        return null;
    }

    /// <summary>Braces that are no counts are letters in one engine and a fault in another.</summary>
    static string? Repeats(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf('}');
        var counts = end < 0 ? rest : rest[1..end];
        foreach (var part in counts.ToString().Split(','))
        {
            if (part.Length > 0 && (!part.All(char.IsAsciiDigit) || part.Length > 3 || int.Parse(part, System.Globalization.CultureInfo.InvariantCulture) > MostRepeats))
                return $"{{{counts}}} (at most {MostRepeats} repeats; write \\{{ for a brace)";
        }
        return end < 2 || counts[0] == ',' || counts.Count(',') > 1 ? "{ (write \\{ for a brace)" : null;
    }

    static string Short(string message)
    {
        var at = message.LastIndexOf(" at offset", StringComparison.Ordinal);
        return at < 0 ? message : message[(at + 1)..];
    }
}
