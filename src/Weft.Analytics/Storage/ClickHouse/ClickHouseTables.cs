using System.Globalization;
using Weft.Flows;

namespace Weft.Analytics.Storage.ClickHouse;

/// <summary>What is in the database, as ClickHouse is told.</summary>
/// <remarks>
/// What comes goes into <see cref="Incoming"/>, which keeps nothing: views pass it on to the records, to the minutes, from there
/// to the hours, and to the list of series. So one insert reaches all of them, and one that is repeated with its token reaches each of them once.
/// </remarks>
static class ClickHouseTables
{
    /// <summary>Of the tables themselves, apart from the fields of records. Higher than this: of a newer Weft.</summary>
    internal const int Layout = 1;

    internal const string Incoming = "flows_incoming";

    /// <summary>Of each series of batches, how far it is stored.</summary>
    internal const string SeriesTable = "flows_series";

    /// <summary>Which versions of Weft have shaped the tables.</summary>
    internal const string About = "flows_about";

    internal const string Series = "series";

    internal const string Number = "number";

    /// <summary>How many inserts a table knows again, by the parts that they made.</summary>
    const int Window = 1000;

    const string Time = "DateTime64(6, 'UTC')";

    static readonly FlowTable[] s_tables = [FlowTable.Records, FlowTable.Minutes, FlowTable.Hours];

    /// <summary>What roll-ups are looked up by; the other keys follow.</summary>
    static readonly string[] s_leading = ["destination_network", "source_network", "destination_name", "source_name"];

    /// <summary>With the rows of each table; not <see cref="About"/>.</summary>
    internal static IEnumerable<string> Kept => [.. s_tables.Select(table => table.Name()), SeriesTable];

    internal static IEnumerable<string> Views => [.. Kept.Select(ViewOf)];

    internal static string CreateAbout =>
        $"CREATE TABLE IF NOT EXISTS {About} (layout UInt32, schema UInt32, at DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY (layout, schema)";

    internal static string CreateSeries => Invariant($"""
        CREATE TABLE IF NOT EXISTS {SeriesTable}
        ({Series} String, {Number} SimpleAggregateFunction(max, UInt64), {FlowTables.Ingest} SimpleAggregateFunction(max, UInt64))
        ENGINE = AggregatingMergeTree ORDER BY {Series} SETTINGS non_replicated_deduplication_window = {Window}
        """);

    internal static string CreateIncoming =>
        $"CREATE TABLE IF NOT EXISTS {Incoming} ({string.Join(", ", FlowSchema.Fields.Select(known => $"{Quote(known.Column)} {Plain(known)}"))}, "
        + $"{FlowTables.Ingest} UInt64, {Number} UInt64, {Series} LowCardinality(String)) ENGINE = Null";

    internal static string Create(FlowTable table) => table switch
    {
        // Within five minutes, who is alike lies together: that packs well, and a network or a port is found without the rest.
        FlowTable.Records => Create(table, "toStartOfHour(time)",
            "ORDER BY (toStartOfFiveMinutes(time), destination_network, destination_name, source_name, time)"),
        FlowTable.Minutes => Create(table, "toYYYYMMDD(time)", Order()),
        _ => Create(table, "toYYYYMM(time)", Order()),
    };

    /// <summary>Columns and their types, in the order of the table.</summary>
    internal static IEnumerable<(string Name, string Definition, bool IsKey)> Columns(FlowTable table)
    {
        if (table == FlowTable.Records)
        {
            return FlowSchema.Fields.Select(field => (field.Column, $"{Plain(field)} {Codec(field)}", false))
                .Append((FlowTables.Ingest, "UInt64 CODEC(Delta, ZSTD(1))", false));
        }
        return FlowTables.Keys.Select(field => (field.Column, $"{Plain(field)} CODEC(ZSTD(1))", true))
            .Prepend(("time", $"{Time} CODEC(Delta, ZSTD(1))", true))
            .Concat(FlowTables.Sums.Select(field => (field.Column, "UInt64 CODEC(T64, ZSTD(1))", false)))
            .Append((FlowTables.Count, "UInt64 CODEC(T64, ZSTD(1))", false))
            .Append((FlowTables.Ingest, "SimpleAggregateFunction(max, UInt64) CODEC(Delta, ZSTD(1))", false));
    }

    /// <summary>What the rows of a roll-up are sorted and added up by.</summary>
    internal static IEnumerable<string> SortedBy =>
        [.. s_leading.Prepend("time"), .. FlowTables.Keys.Select(key => key.Column).Except(s_leading)];

    internal static IEnumerable<string> CreateViews =>
    [
        View(FlowTable.Records.Name(), $"SELECT {List(FlowSchema.Fields.Select(known => known.Column).Append(FlowTables.Ingest))} FROM {Incoming}"),
        View(FlowTable.Minutes.Name(), RollUp("toStartOfMinute", Incoming, "count()")),
        View(FlowTable.Hours.Name(), RollUp("toStartOfHour", FlowTable.Minutes.Name(), $"sum(flow.{FlowTables.Count})")),
        View(SeriesTable, $"SELECT {Series}, max({Number}) AS {Number}, max({FlowTables.Ingest}) AS {FlowTables.Ingest} FROM {Incoming} GROUP BY {Series}"),
    ];

    internal static string Quote(string name) => $"`{name}`";

    static string Create(FlowTable table, string partition, string order)
    {
        var columns = Columns(table).Select(column => $"{Quote(column.Name)} {column.Definition}");
        var engine = table == FlowTable.Records ? "MergeTree" : "SummingMergeTree";
        return Invariant($"""
            CREATE TABLE IF NOT EXISTS {table.Name()} ({string.Join(", ", columns.Concat(table == FlowTable.Records ? s_indexes : []))})
            ENGINE = {engine} PARTITION BY {partition} {order}
            SETTINGS non_replicated_deduplication_window = {Window}, ttl_only_drop_parts = 1
            """);
    }

    /// <summary>Ports and sides of a question that the order does not help with; and what has come since.</summary>
    static readonly string[] s_indexes =
    [
        "INDEX by_ingest ingest TYPE minmax GRANULARITY 1",
        "INDEX by_source source_name TYPE bloom_filter(0.01) GRANULARITY 1",
        "INDEX by_source_address source_address TYPE bloom_filter(0.01) GRANULARITY 1",
        "INDEX by_destination_address destination_address TYPE bloom_filter(0.01) GRANULARITY 1",
        "INDEX by_flow flow TYPE bloom_filter(0.01) GRANULARITY 4",
    ];

    static string Order() => $"PRIMARY KEY ({List(s_leading.Prepend("time"))}) ORDER BY ({List(SortedBy)})";

    /// <remarks>Hours are made of the minutes of the same insert: fewer rows than the records are.</remarks>
    static string RollUp(string begin, string from, string count)
    {
        var keys = List(FlowTables.Keys.Select(field => field.Column));
        var sums = string.Join(", ", FlowTables.Sums.Select(field => $"sum(flow.{Quote(field.Column)}) AS {Quote(field.Column)}"));
        // The table is called by another name: a column that is named like its result would be taken for it.
        return $"SELECT toDateTime64({begin}(flow.time), 6, 'UTC') AS time, {keys}, {sums}, {count} AS {FlowTables.Count}, "
            + $"max(flow.{FlowTables.Ingest}) AS {FlowTables.Ingest} "
            + $"FROM {from} AS flow GROUP BY toDateTime64({begin}(flow.time), 6, 'UTC'), {keys}";
    }

    static string View(string table, string select) => $"CREATE MATERIALIZED VIEW IF NOT EXISTS {ViewOf(table)} TO {table} AS {select}";

    static string ViewOf(string table) => $"{Incoming}_to_{table}";

    static string List(IEnumerable<string> columns) => string.Join(", ", columns.Select(Quote));

    static string Plain(FlowField field) => field.Type switch
    {
        FlowType.Time => Time,
        FlowType.UInt8 => "UInt8",
        FlowType.UInt16 => "UInt16",
        FlowType.UInt32 => "UInt32",
        FlowType.UInt64 => "UInt64",
        FlowType.Int32 => "Int32",
        FlowType.Address => "UInt128",
        _ => "LowCardinality(String)",
    };

    static string Codec(FlowField field) => (field.Type, field.Meaning) switch
    {
        (FlowType.Time, _) => "CODEC(Delta, ZSTD(1))",
        (FlowType.UInt64, not FlowMeaning.Id) or (FlowType.UInt32, _) or (FlowType.Int32, _) => "CODEC(T64, ZSTD(1))",
        _ => "CODEC(ZSTD(1))",
    };

    static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
