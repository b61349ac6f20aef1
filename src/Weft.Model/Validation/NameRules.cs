using System.Buffers;

namespace Weft.Model.Validation;

/// <summary>What names may look like.</summary>
public static class NameRules
{
    /// <summary>Of a DNS label, RFC 1035 section 2.3.4.</summary>
    public const int LongestLabel = 63;

    /// <summary>Of a whole DNS name in its written form.</summary>
    public const int LongestName = 253;

    /// <summary>Of one resource.</summary>
    public const int MostLabels = 64;

    const int LongestLabelValue = 256;

    /// <summary>RFC 1123 section 2.1: lower-case letters, digits and inner hyphens, 1 to 63 of them.</summary>
    public static bool IsDnsLabel(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= LongestLabel
        && text[0] != '-' && text[^1] != '-'
        && !text.ContainsAnyExcept(DnsLabelCharacters);

    /// <summary>As a DNS label, with <c>_</c> and <c>.</c> inside too, as tools for Docker make them: <c>shop_default</c>.</summary>
    public static bool IsNetworkName(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= LongestLabel
        && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
        && !text.ContainsAnyExcept(NetworkNameCharacters);

    /// <summary>One or more labels with dots between; <c>_</c> and capitals are let in, as Docker's aliases have them.</summary>
    public static bool IsAlias(string text)
    {
        if (text.Length is 0 or > LongestName)
            return false;
        foreach (var range in text.AsSpan().Split('.'))
        {
            var label = text.AsSpan()[range];
            if (label.Length is 0 or > LongestLabel || label[0] == '-' || label[^1] == '-'
                || label.ContainsAnyExcept(AliasCharacters))
                return false;
        }
        return true;
    }

    public static void CheckName(string? name, Faults faults, string path = "name")
    {
        if (string.IsNullOrEmpty(name))
            faults.Add(path, "is required");
        else if (!IsDnsLabel(name))
            faults.Add(path, $"'{Shown(name)}' is not a name: 1 to 63 lower-case letters, digits and inner hyphens");
    }

    public static void CheckNetworkName(string? name, Faults faults, string path = "name")
    {
        if (string.IsNullOrEmpty(name))
            faults.Add(path, "is required");
        else if (!IsNetworkName(name))
            faults.Add(path, $"'{Shown(name)}' is not a name: 1 to 63 lower-case letters and digits, with - _ . inside");
    }

    /// <summary>Keys as Docker and Kubernetes write them: <c>com.example/tier</c>.</summary>
    public static void CheckLabels(
        IReadOnlyDictionary<string, string>? labels, Faults faults, string path = "labels", int most = MostLabels)
    {
        if (labels is null)
            return;
        if (labels.Count > most)
            faults.Add(path, $"are {labels.Count}; at most {most} are allowed");
        foreach (var (key, value) in labels)
        {
            var place = $"{path}['{Shown(key)}']";
            if (!IsLabelKey(key))
                faults.Add(place, "has no valid key: 1 to 253 letters, digits and . _ - / with a letter or digit at both ends");
            if (!IsLabelValue(value))
                faults.Add(place, $"is not a valid value: up to {LongestLabelValue} characters, no control characters");
        }
    }

    /// <summary>What a resource may have as a label.</summary>
    public static bool IsLabel(string key, string value) => IsLabelKey(key) && IsLabelValue(value);

    /// <summary>Free text for people: one line, of limited length.</summary>
    public static void CheckText(string? text, string path, int longest, Faults faults)
    {
        if (text is not null && (text.Length > longest || text.Any(char.IsControl)))
            faults.Add(path, $"is longer than {longest} characters or has control characters");
    }

    /// <summary>Bad input is quoted in answers and logs: short and without surprises.</summary>
    public static string Shown(string text)
    {
        var clean = string.Concat(text.Take(80).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
        return text.Length > 80 ? clean + "…" : clean;
    }

    static bool IsLabelValue(string? value) =>
        value is not null && value.Length <= LongestLabelValue && !value.Any(char.IsControl);

    static bool IsLabelKey(string key) =>
        key.Length is > 0 and <= LongestName
        && char.IsAsciiLetterOrDigit(key[0]) && char.IsAsciiLetterOrDigit(key[^1])
        && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/');

    static readonly SearchValues<char> DnsLabelCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    static readonly SearchValues<char> NetworkNameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");

    static readonly SearchValues<char> AliasCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
}
