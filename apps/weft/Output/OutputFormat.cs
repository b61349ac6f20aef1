namespace Weft.Cli.Output;

enum OutputFormat
{
    Table,
    Wide,
    Json,
    Yaml,
    Name,
    Csv,

    /// <summary>A document on each line.</summary>
    Ndjson,

    /// <summary>A stream of Apache Arrow: for files and pipes.</summary>
    Arrow,
}

static class OutputFormats
{
    /// <summary>What commands print that say nothing else.</summary>
    public static readonly IReadOnlyList<OutputFormat> OfResources =
        [OutputFormat.Table, OutputFormat.Wide, OutputFormat.Json, OutputFormat.Yaml, OutputFormat.Name];

    /// <summary>Of many rows.</summary>
    public static readonly IReadOnlyList<OutputFormat> OfRows =
    [
        OutputFormat.Table, OutputFormat.Wide, OutputFormat.Json, OutputFormat.Yaml, OutputFormat.Csv, OutputFormat.Ndjson,
        OutputFormat.Arrow,
    ];

    public static string Word(this OutputFormat format) => format.ToString().ToLowerInvariant();

    public static string Words(this IEnumerable<OutputFormat> formats) => string.Join(", ", formats.Select(Word));
}
