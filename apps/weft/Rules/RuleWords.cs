using System.Net;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.Rules;

namespace Weft.Cli.Rules;

/// <summary>The words of one rule, taken from the front.</summary>
sealed class RuleWords
{
    readonly string[] words;
    int next;

    public RuleWords(string text)
    {
        // A list of ports may be written with blanks behind its commas.
        var joined = text.Replace("->", " -> ", StringComparison.Ordinal).Replace("< -> ", " <-> ", StringComparison.Ordinal);
        while (joined.Contains(", ", StringComparison.Ordinal))
            joined = joined.Replace(", ", ",", StringComparison.Ordinal);
        words = joined.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
    }

    public bool AtEnd => next == words.Length;

    public string? Peek(int ahead = 0) => next + ahead < words.Length ? words[next + ahead] : null;

    /// <param name="what">For the message when there is none.</param>
    public string Take(string what) => AtEnd ? throw new RuleSyntaxException($"{what} is missing at the end") : words[next++];

    /// <summary>Takes all of the words, or none.</summary>
    public bool TryTake(params ReadOnlySpan<string> wanted)
    {
        for (var i = 0; i < wanted.Length; i++)
        {
            if (!string.Equals(Peek(i), wanted[i], StringComparison.OrdinalIgnoreCase))
                return false;
        }
        next += wanted.Length;
        return true;
    }

    /// <summary>A protocol, when the next word is one; null and nothing taken otherwise. <c>any</c> is taken and null.</summary>
    public string? TryTakeProtocol()
    {
        if (TryTake("any") || !IpProtocols.TryParse(Peek(), out _))
            return null;
        return Take("a protocol").ToLowerInvariant();
    }

    public PortRange[] TakePorts()
    {
        var text = Take("a port");
        return [.. text.Split(',').Select(part => PortRange.TryParse(part, out var range)
            ? range : throw new RuleSyntaxException($"'{part}' is not a port such as 80 or a range such as 8000-8100"))];
    }

    public string[] TakeList(string what) => Take(what).Split(',');

    public static bool IsPorts(string word) => word.Split(',').All(part => PortRange.TryParse(part, out _));

    /// <summary>A prefix, or an address as the prefix of it alone.</summary>
    public static bool TryPrefix(string word, out IPNetwork prefix)
    {
        prefix = default;
        if (AddressMath.TryParse(word, out var address))
        {
            prefix = new(address, AddressMath.Bits(address.AddressFamily));
            return true;
        }
        if (!AddressMath.TryParse(word.Split('/')[0], out var first) || !IPNetwork.TryParse(word, out prefix))
            return false;
        return prefix.BaseAddress.Equals(first)
            ? true
            : throw new RuleSyntaxException($"{word} has host bits; did you mean {prefix}?");
    }
}
