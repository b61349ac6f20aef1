using System.Globalization;
using System.Text;
using Weft.Cli.Output;

namespace Weft.Cli.Top;

/// <summary>What is to be seen.</summary>
/// <param name="Message">Why the rows are not newer; empty: they are.</param>
sealed record TopView(TopState State, IReadOnlyList<TopRow> Rows, string Message);

/// <summary>Makes the lines of the screen. Pure: a view and a size in, lines out.</summary>
static class TopScreen
{
    /// <summary>Lines that are no rows: title, totals, headings; message, keys.</summary>
    const int Around = 5;

    const int NumberWidth = 11;
    const string Keys = "q quit  ←→ sort  g group  / filter  ↑↓ scroll  +- window  space pause";
    static readonly string[] s_headings = ["→ BIT/S", "← BIT/S", "→ PKT/S", "← PKT/S", "CONN/S"];

    public static int Page(int height) => Math.Max(1, height - Around);

    /// <summary>Exactly <paramref name="height"/> lines, none wider than <paramref name="width"/> without the colours.</summary>
    public static IReadOnlyList<string> Lines(TopView view, int width, int height, bool colors)
    {
        var page = Page(height);
        var lines = new List<string>
        {
            Paint(Cut(Title(view.State), width), colors, Style.Bold),
            Cut(Totals(view.Rows), width),
            Paint(Cut(Headings(view.State, width), width), colors, Style.Bold),
        };
        lines.AddRange(view.Rows.Skip(view.State.Scroll).Take(page).Select(row => Line(row, width, colors)));
        while (lines.Count < page + 3)
            lines.Add("");
        lines.Add(Paint(Cut(view.Message, width), colors, Style.Yellow));
        lines.Add(Cut(Footer(view, page), width));
        return [.. lines.Take(height)];
    }

    /// <summary>For where there is no screen.</summary>
    public static Table Table(TopView view)
    {
        var (from, to) = Names(view.State.Grouping);
        var table = new Table(from, to, "BIT/S OUT", "BIT/S BACK", "PACKETS/S", "REPLIES/S", "CONN/S", "VERDICT", "BECAUSE");
        foreach (var row in view.Rows)
            table.Add(
                row.From, row.To, Units.BitRate(row.BytesOut), Units.BitRate(row.BytesIn), Units.Count(row.PacketsOut), Units.Count(row.PacketsIn),
                Units.Count(row.Connections), row.Denied ? "denied" : "allowed", row.Why);
        return table;
    }

    static string Title(TopState state) => string.Create(CultureInfo.InvariantCulture,
        $"weft top   last {Length(state.Window)}   by {state.Grouping.ToString().ToLowerInvariant()}   sorted by {state.Order.ToString().ToLowerInvariant()}")
        + (state.Paused ? "   PAUSED" : "") + (state.Filter.Length > 0 ? $"   where {Clean(state.Filter)}" : "");

    static string Totals(IReadOnlyList<TopRow> rows)
    {
        var allowed = rows.Where(row => !row.Denied).ToList();
        return $"{Units.BitRate(allowed.Sum(row => row.BytesOut + row.BytesIn))}, {Units.Count(allowed.Sum(row => row.PacketsOut + row.PacketsIn))} packets/s, "
            + $"{Units.Count(allowed.Sum(row => row.Connections))} connections/s, {Units.Count(rows.Where(row => row.Denied).Sum(row => row.PacketsOut))} denied packets/s";
    }

    static (string From, string To) Names(TopGrouping grouping) => grouping switch
    {
        TopGrouping.Service => ("SERVER", "PORT"),
        TopGrouping.Rule => ("RULE", "VERDICT"),
        _ => ("SOURCE", "DESTINATION"),
    };

    static string Headings(TopState state, int width)
    {
        var (from, to) = Names(state.Grouping);
        var sorted = state.Order switch { TopOrder.Bytes => 0, TopOrder.Packets => 2, TopOrder.Connections => 4, _ => -1 };
        var numbers = s_headings.Select((heading, i) => (i == sorted ? "▼" + heading : heading).PadLeft(NumberWidth));
        return NamesOf(from, to, width) + string.Concat(numbers);
    }

    static string Line(TopRow row, int width, bool colors)
    {
        var names = NamesOf(Clean(row.From), Clean(row.To), width);
        if (row.Denied)
            return Paint(Cut($"{names}  DENIED {Units.Count(row.PacketsOut)}/s  {Clean(row.Why)}".TrimEnd(), width), colors, Style.Red);
        string[] numbers =
        [
            Units.BitRate(row.BytesOut), Units.BitRate(row.BytesIn), Units.Count(row.PacketsOut), Units.Count(row.PacketsIn), Units.Count(row.Connections),
        ];
        return Cut(names + string.Concat(numbers.Select(number => number.PadLeft(NumberWidth))), width);
    }

    /// <summary>Two columns of what the numbers leave.</summary>
    static string NamesOf(string from, string to, int width)
    {
        var half = Math.Max(8, (width - s_headings.Length * NumberWidth - 1) / 2);
        return $"{Cut(from, half).PadRight(half)} {Cut(to, half).PadRight(half)}";
    }

    static string Footer(TopView view, int page)
    {
        if (view.State.Typed is { } typed)
            return $"filter: {Clean(typed)}_   Enter takes it, Esc leaves it";
        var shown = view.Rows.Count <= page ? "" : string.Create(CultureInfo.InvariantCulture,
            $"   {view.State.Scroll + 1}-{Math.Min(view.State.Scroll + page, view.Rows.Count)} of {view.Rows.Count}");
        return Keys + shown;
    }

    static string Length(TimeSpan time) => time.TotalSeconds < 120 ? $"{(int)time.TotalSeconds}s" : $"{(int)time.TotalMinutes}m";

    static string Paint(string text, bool colors, Func<string, string> paint) => colors && text.Length > 0 ? paint(text) : text;

    static string Cut(string text, int width) => text.Length <= width ? text : width < 1 ? "" : text[..(width - 1)] + "…";

    /// <summary>What others named must not move the cursor.</summary>
    static string Clean(string text)
    {
        if (!text.Any(char.IsControl))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
            clean.Append(char.IsControl(c) ? ' ' : c);
        return clean.ToString();
    }
}
