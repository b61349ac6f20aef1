using System.Globalization;

namespace Weft.Analytics.Storage.DuckDb;

/// <summary>One file: what came in some span of time. The newest of each table is written to; the others only read.</summary>
sealed class Slice(string folder, FlowTable table, int number)
{
    const string Ending = ".duckdb";

    internal FlowTable Table => table;

    internal int Number => number;

    /// <summary>What the engine calls it.</summary>
    internal string Alias { get; } = string.Create(CultureInfo.InvariantCulture, $"{Kind(table)}_{number:D6}");

    internal string Path { get; } = System.IO.Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Kind(table)}-{number:D6}{Ending}"));

    /// <summary>What the engine has promised to keep but not yet put in place.</summary>
    internal string Log => Path + ".wal";

    internal DateTimeOffset Created { get; set; }

    internal IReadOnlySet<string> Columns { get; set; } = new HashSet<string>();

    internal long Rows { get; set; }

    /// <summary>Microseconds since 1970, of the oldest row; larger than <see cref="Newest"/> when there is none.</summary>
    internal long Oldest { get; set; } = long.MaxValue;

    internal long Newest { get; set; } = long.MinValue;

    internal long Bytes => Length(Path) + LogBytes;

    internal long LogBytes => Length(Log);

    internal void Counted(long rows, long oldest, long newest)
    {
        Rows += rows;
        Oldest = Math.Min(Oldest, oldest);
        Newest = Math.Max(Newest, newest);
    }

    internal void Delete()
    {
        File.Delete(Path);
        File.Delete(Log);
    }

    /// <summary>Files of a table in a folder, the oldest first.</summary>
    internal static IReadOnlyList<Slice> Find(string folder, FlowTable table) =>
    [
        .. Directory.EnumerateFiles(folder, Kind(table) + "-*" + Ending)
            .Select(file => System.IO.Path.GetFileNameWithoutExtension(file)[(Kind(table).Length + 1)..])
            .Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
            .Where(number => number > 0)
            .Order()
            .Select(number => new Slice(folder, table, number)),
    ];

    static string Kind(FlowTable table) => table switch
    {
        FlowTable.Records => "records",
        FlowTable.Minutes => "minutes",
        _ => "hours",
    };

    static long Length(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? file.Length : 0;
    }
}
