using System.Globalization;
using Weft.Cli.Documents;
using Weft.Model.Resources;

namespace Weft.Cli.Balancing;

/// <summary>What is wrong with a word of the command line; the message says what would be right.</summary>
sealed class WordException(string message) : Exception(message);

/// <summary>One thing with fields, in one word: <c>web1:8080,weight=2,disabled</c>.</summary>
sealed class Words
{
    readonly Dictionary<string, string> fields = [];

    /// <exception cref="WordException">A field is unknown, given twice, or has no value.</exception>
    Words(string text, string[] known)
    {
        var parts = text.Split(',');
        Head = parts[0];
        foreach (var part in parts.Skip(1))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? part : part[..equals];
            var hasValue = known.Contains(name + "=");
            if (!hasValue && !known.Contains(name))
                throw new WordException(Unknown(name, [.. known.Select(word => word.TrimEnd('='))]));
            if (hasValue != equals >= 0 || hasValue && equals == part.Length - 1)
                throw new WordException(hasValue ? $"'{name}' needs a value: {name}=…" : $"'{name}' has no value");
            if (!fields.TryAdd(name, equals < 0 ? "" : part[(equals + 1)..]))
                throw new WordException($"'{name}' is given twice");
        }
    }

    /// <summary>What stands before the first comma.</summary>
    public string Head { get; }

    /// <param name="known">Names; those that take a value end with <c>=</c>.</param>
    /// <inheritdoc cref="Words(string, string[])" path="/exception"/>
    public static Words Of(string text, params string[] known) => new(text, known);

    public bool Has(string name) => fields.ContainsKey(name);

    public string? Text(string name) => fields.GetValueOrDefault(name);

    /// <exception cref="WordException">No number, or none in these bounds.</exception>
    public long? Number(string name, long least, long most) => Text(name) is { } text ? Number(text, name, least, most) : null;

    /// <summary>Milliseconds of <c>500ms</c>, <c>2s</c>, <c>1m</c>.</summary>
    /// <exception cref="WordException">No length of time.</exception>
    public int? Milliseconds(string name)
    {
        if (Text(name) is not { } text)
            return null;
        foreach (var (unit, length) in ((string, int)[])[("ms", 1), ("s", 1000), ("m", 60_000)])
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && int.TryParse(text[..^unit.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                && count <= int.MaxValue / length)
                return count * length;
        throw new WordException($"{name} '{text}' must be a time such as 500ms, 2s or 1m");
    }

    /// <exception cref="WordException">No number, or none in these bounds.</exception>
    public static long Number(string text, string name, long least, long most) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new WordException($"{name} '{text}' must be a whole number from {least} to {most}");

    /// <exception cref="WordException">No port or range.</exception>
    public static PortRange Ports(string text, string name) =>
        PortRange.TryParse(text, out var range) && range.First <= range.Last && range.Last > 0
            ? range
            : throw new WordException($"{name} '{text}' must be a number such as 80 or a range such as 8000-8100");

    static string Unknown(string name, string[] known) =>
        Nearest.To(name, known) is { } near
            ? $"'{name}' is not known; did you mean '{near}'?"
            : $"'{name}' is not known; {string.Join(", ", known)} are";
}
