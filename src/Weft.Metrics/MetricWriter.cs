using System.Globalization;
using System.Text;

namespace Weft.Metrics;

/// <summary>Collects samples and writes them as Prometheus reads them: its text format, version 0.0.4.</summary>
public sealed class MetricWriter
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    readonly Dictionary<string, (MetricFamily Family, StringBuilder Lines)> _families = new(StringComparer.Ordinal);

    /// <summary>Told with its help even when it has no samples.</summary>
    public void Declare(MetricFamily family) => _families.TryAdd(family.Name, (family, new()));

    public void Add(MetricFamily family, double value, params ReadOnlySpan<string> labels) => Line(family, "", value, family.Labels, labels);

    public void Add(MetricFamily family, MetricHistogram histogram, params ReadOnlySpan<string> labels)
    {
        var (cumulative, sum) = histogram.Read();
        string[] names = [.. family.Labels, "le"], values = [.. labels, ""];
        for (var i = 0; i < cumulative.Length; i++)
        {
            values[^1] = i < MetricHistogram.Bounds.Count ? Text(MetricHistogram.Bounds[i]) : "+Inf";
            Line(family, "_bucket", cumulative[i], names, values);
        }
        Line(family, "_sum", sum, family.Labels, labels);
        Line(family, "_count", cumulative[^1], family.Labels, labels);
    }

    /// <summary>
    /// The largest of many series, and the rest added up as <c>other</c>: what is a name of people's making must not make
    /// series without bound.
    /// </summary>
    public void AddTop<T>(MetricFamily family, IEnumerable<T> rows, Func<T, double> value, Func<T, string[]> labels, int most)
    {
        var ordered = rows.Select(row => (Row: row, Value: value(row))).OrderByDescending(pair => pair.Value).ToList();
        foreach (var (row, amount) in ordered.Take(most))
            Add(family, amount, labels(row));
        if (ordered.Count > most)
            Add(family, ordered.Skip(most).Sum(pair => pair.Value), [.. family.Labels.Select(_ => "other")]);
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (family, lines) in _families.Values.OrderBy(entry => entry.Family.Name, StringComparer.Ordinal))
        {
            text.Append("# HELP ").Append(family.Name).Append(' ').Append(family.Help.Replace("\\", "\\\\", StringComparison.Ordinal)).Append('\n');
            text.Append("# TYPE ").Append(family.Name).Append(' ').Append(family.Type.ToString().ToLowerInvariant()).Append('\n');
            text.Append(lines);
        }
        return text.ToString();
    }

    void Line(MetricFamily family, string suffix, double value, string[] names, ReadOnlySpan<string> values)
    {
        if (names.Length != values.Length)
            throw new ArgumentException($"{family.Name} has labels {string.Join(", ", names)}", nameof(values));
        Declare(family);
        var lines = _families[family.Name].Lines.Append(family.Name).Append(suffix);
        for (var i = 0; i < names.Length; i++)
            lines.Append(i == 0 ? '{' : ',').Append(names[i]).Append("=\"").Append(Escaped(values[i])).Append('"');
        lines.Append(names.Length > 0 ? "} " : " ").Append(Text(value)).Append('\n');
    }

    static string Escaped(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
