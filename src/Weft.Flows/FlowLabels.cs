using System.Text;

namespace Weft.Flows;

/// <summary>
/// Labels as one text, so that stores compress them, group by them and find one with a plain search: each label is
/// <c>\nkey=value</c>, in the order of keys, and a last <c>\n</c> ends them. No labels: the empty text.
/// </summary>
public static class FlowLabels
{
    /// <summary>Keys and values hold no line feed: the model's rules for labels see to it.</summary>
    public static string Write(IEnumerable<KeyValuePair<string, string>> labels)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in labels.OrderBy(label => label.Key, StringComparer.Ordinal))
            text.Append('\n').Append(key).Append('=').Append(value);
        return text.Length == 0 ? "" : text.Append('\n').ToString();
    }

    public static IReadOnlyDictionary<string, string> Read(string text)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = line.IndexOf('=', StringComparison.Ordinal);
            if (at > 0)
                labels[line[..at]] = line[(at + 1)..];
        }
        return labels;
    }

    /// <summary>What the text of a record with this label contains.</summary>
    public static string Needle(string key, string value) => $"\n{key}={value}\n";
}
