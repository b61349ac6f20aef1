using System.Text;

namespace Weft.Cli.Output;

/// <summary>
/// Rows under headings, aligned by spaces, never cut: what is printed can be read by <c>awk</c> as well as
/// by people, and 100,000 rows cost what their text costs.
/// </summary>
sealed class Table(params IReadOnlyList<string> headings)
{
    const string Gap = "   ";
    const string Nothing = "-";
    readonly List<IReadOnlyList<string>> rows = [];
    readonly int[] widths = [.. headings.Select(heading => heading.Length)];
    bool begun;

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
        if (withHeadings && !begun)
            WriteRow(output, headings, cell => colors ? Style.Bold(cell) : cell);
        begun = true;
        foreach (var row in rows)
            WriteRow(output, row, cell => colors ? Style.OfState(cell) : cell);
        rows.Clear();
    }

    void WriteRow(TextWriter output, IReadOnlyList<string> cells, Func<string, string> paint)
    {
        var line = new StringBuilder();
        for (var column = 0; column < cells.Count; column++)
        {
            line.Append(paint(cells[column]));
            if (column == cells.Count - 1)
                break;
            line.Append(' ', widths[column] - cells[column].Length).Append(Gap);
        }
        output.WriteLine(line.ToString().TrimEnd());
    }

    /// <summary>One line, no escape sequences: a name or a message must not move the reader's cursor.</summary>
    static string Clean(string cell) =>
        cell.Length == 0 ? Nothing
        : cell.Any(char.IsControl) ? string.Concat(cell.Select(c => char.IsControl(c) ? ' ' : c))
        : cell;
}
