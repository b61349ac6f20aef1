using System.Text;

namespace Weft.ClickHouseServer.Statements;

/// <summary>How a statement is to be run.</summary>
enum StatementKind
{
    /// <summary>As it stands; its whole output is kept until it has ended.</summary>
    Plain,

    /// <summary>A SELECT: its output goes to a file as it comes.</summary>
    Query,

    /// <summary>An INSERT of data in a format: they come from a file.</summary>
    InsertOfData,
}

/// <summary>What must be known of a statement to point its input or output at a file.</summary>
/// <param name="Kind">How it is to be run.</param>
/// <param name="Format">The format that it names, of its input or its output; null when it names none.</param>
/// <param name="FileClause">Where FROM INFILE or INTO OUTFILE has its place.</param>
/// <param name="End">Where its own text ends, without comments and semicolons behind it.</param>
/// <param name="Data">Where the data of an INSERT begin.</param>
readonly record struct Statement(StatementKind Kind, string? Format, int FileClause, int End, int Data)
{
    /// <summary>Reads a statement; an INSERT no further than to its data.</summary>
    public static Statement Read(ReadOnlySpan<byte> text)
    {
        var scanner = new Scanner(text);
        var first = scanner.TryReadWord(out var word, out _) ? word : "SELECT"; // all in parentheses
        return first switch
        {
            "INSERT" => ReadInsert(text, ref scanner),
            "SELECT" or "WITH" or "FROM" or "UNION" or "EXCEPT" or "INTERSECT" or "FORMAT" => ReadOutput(text, StatementKind.Query),
            _ => ReadOutput(text, StatementKind.Plain),
        };
    }

    // INSERT INTO t (columns) [FROM INFILE 'file'] [SETTINGS …] FORMAT name, then the data.
    static Statement ReadInsert(ReadOnlySpan<byte> text, ref Scanner scanner)
    {
        var settings = -1;
        while (scanner.TryReadWord(out var word, out var start))
        {
            if (word is "VALUES" or "SELECT" or "WITH" or "INFILE")
                break;
            if (word == "SETTINGS" && settings < 0)
                settings = start;
            if (word == "FORMAT" && scanner.TryReadWord(out _, out var name))
                return new(
                    StatementKind.InsertOfData, Encoding.UTF8.GetString(text[name..scanner.Position]),
                    settings >= 0 ? settings : start, scanner.Position, DataBehind(text, scanner.Position));
        }
        return new(StatementKind.Plain, null, 0, text.Length, text.Length);
    }

    // FORMAT is a clause only where a name follows it and then nothing, or SETTINGS; anywhere else it is itself a name.
    static Statement ReadOutput(ReadOnlySpan<byte> text, StatementKind kind)
    {
        var scanner = new Scanner(text);
        (string Name, int Start)? format = null;
        var (previous, previousStart, previousEnd, inSettings) = ("", 0, 0, false);
        while (scanner.TryReadWord(out var word, out var start))
        {
            if (word is "INSERT" or "OUTFILE")
                kind = StatementKind.Plain;
            inSettings |= word == "SETTINGS" && format is not null;
            if (previous == "FORMAT" && text[previousEnd..start].Trim(" \t\r\n"u8).IsEmpty)
                (format, inSettings) = ((Encoding.UTF8.GetString(text[start..scanner.Position]), previousStart), false);
            else if (!inSettings)
                format = null;
            (previous, previousStart, previousEnd) = (word, start, scanner.Position);
        }
        var end = scanner.EndOfContent;
        return new(kind, format?.Name, format?.Start ?? end, end, text.Length);
    }

    // Data begin after the first line break, or without one after the spaces.
    static int DataBehind(ReadOnlySpan<byte> text, int position)
    {
        while (position < text.Length && text[position] is (byte)' ' or (byte)'\t' or (byte)'\f')
            position++;
        if (position < text.Length && text[position] == '\r')
            position++;
        if (position < text.Length && text[position] == '\n')
            position++;
        return position;
    }
}
