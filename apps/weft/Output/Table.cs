using System.Text;

namespace Weft.Cli.Output;

/// <summary>
/// Rows under headings, aligned by spaces, never cut unless a <see cref="Width"/> is given: what is printed can be read by
/// <c>awk</c> as well as by people, and 100,000 rows cost what their text costs.
/// </summary>
sealed class Table(params IReadOnlyList<string> headings)
{
    const string Gap = "   ";
    const string Nothing = "-";
    const int Narrow = 8;
    readonly List<IReadOnlyList<string>> rows = [];
    readonly int[] widths = [.. headings.Select(heading => heading.Length)];
    bool begun;

    /// <summary>Of the terminal: columns are cut to fit into it. Null: nothing is ever cut.</summary>
    public int? Width { get; init; }

    /// <summary>Makes room in the first column of that heading, for rows that come later.</summary>
    public void Reserve(string heading, int width)
    {
        var column = headings.ToList().IndexOf(heading);
        widths[column] = Math.Max(widths[column], width);
    }

    public void Add(params IReadOnlyList<string> cells)
    {
        string[] row = [.. cells.Select(Clean)];
        for (var column = 0; column < row.Length; column++)
            widths[column] = Math.Max(widths[column], row[column].Length);
        rows.Add(row);
    }

    /// <summary>Writes what was added since the last time; headings once.</summary>
    public void Write(TextWriter output, bool colors, bool withHeadings = true)
    {
        Fit();
        if (withHeadings && !begun)
            WriteRow(output, headings, cell => colors ? Style.Bold(cell) : cell);
        begun = true;
        foreach (var row in rows)
            WriteRow(output, row, cell => colors ? Style.OfState(cell) : cell);
        rows.Clear();
    }

    /// <summary>Takes from the widest until all have room; what is narrow is kept, as it says most by the character.</summary>
    void Fit()
    {
        if (Width is not { } most || begun && rows.Count == 0)
            return;
        var excess = widths.Sum() + Gap.Length * (widths.Length - 1) - most;
        while (excess-- > 0 && widths.Max() > Narrow)
            widths[Array.IndexOf(widths, widths.Max())]--;
    }

    static string Cut(string cell, int width) => cell.Length <= width ? cell : width < 2 ? cell[..width] : cell[..(width - 1)] + "…";

    void WriteRow(TextWriter output, IReadOnlyList<string> cells, Func<string, string> paint)
    {
        var line = new StringBuilder();
        for (var column = 0; column < cells.Count; column++)
        {
            var cell = Width is null ? cells[column] : Cut(cells[column], widths[column]);
            line.Append(paint(cell));
            if (column == cells.Count - 1)
                break;
            line.Append(' ', widths[column] - cell.Length).Append(Gap);
        }
        output.WriteLine(line.ToString().TrimEnd());
    }

    /// <summary>One line, no escape sequences: a name or a message must not move the reader's cursor.</summary>
    static string Clean(string cell) =>
        cell.Length == 0 ? Nothing
        : cell.Any(char.IsControl) ? string.Concat(cell.Select(c => char.IsControl(c) ? ' ' : c))
        : cell;
}
