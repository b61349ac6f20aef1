using System.Globalization;
using DuckDB.NET.Native;
using Weft.Flows;

namespace Weft.Analytics.Storage.DuckDb;

/// <summary>What is in a file, as the engine is told; and the views over all files.</summary>
static class SliceTables
{
    /// <summary>Of the files themselves, apart from the fields of records. Higher than this: of a newer Weft.</summary>
    internal const int Layout = 1;

    /// <summary>The table of each file that has the records, or what is added up of them.</summary>
    internal const string Rows = "rows";

    /// <summary>A file is made in one transaction: with this table it is whole.</summary>
    internal const string About = "about";

    internal static string Create(Slice slice, DateTimeOffset now) => Invariant($"""
        CREATE TABLE {slice.Alias}.{Rows} ({string.Join(", ", Columns(slice.Table).Select(column => $"{Quote(column.Name)} {column.Type} NOT NULL"))});
        CREATE TABLE {slice.Alias}.series (id UHUGEINT NOT NULL, number UBIGINT NOT NULL, ingest UBIGINT NOT NULL);
        CREATE TABLE {slice.Alias}.{About} AS SELECT {Layout} AS layout, {FlowSchema.Version} AS schema, {now.ToUnixTimeMilliseconds()} AS created;
        """);

    /// <summary>A field that a file does not have, because it is older, is zero or empty there.</summary>
    internal static string View(FlowTable table, IReadOnlyCollection<Slice> slices)
    {
        var columns = Columns(table).ToArray();
        var parts = slices.Select(slice =>
            $"SELECT {string.Join(", ", columns.Select(column => Selected(slice, column)))} FROM {slice.Alias}.{Rows}");
        return $"CREATE OR REPLACE VIEW {table.Name()} AS {string.Join(" UNION ALL ", parts)}";
    }

    /// <summary>Adds up records of <paramref name="from"/> that came after one number, up to another.</summary>
    internal static string RollUp(FlowTable to, Slice target, FlowTable from, ulong after, ulong upTo)
    {
        var keys = string.Join(", ", FlowTables.Keys.Select(field => Quote(field.Column)));
        var sums = string.Join(", ", FlowTables.Sums.Select(field => $"CAST(sum({Quote(field.Column)}) AS UBIGINT)"));
        var count = from == FlowTable.Records ? "count(*)" : $"sum({FlowTables.Count})";
        return Invariant($"""
            INSERT INTO {target.Alias}.{Rows}
            SELECT date_trunc('{(to == FlowTable.Minutes ? "minute" : "hour")}', time), {keys}, {sums}, CAST({count} AS UBIGINT), {upTo}
            FROM {from.Name()} WHERE {FlowTables.Ingest} > {after} AND {FlowTables.Ingest} <= {upTo}
            GROUP BY ALL
            """);
    }

    internal static int ColumnCount(FlowTable table) => Columns(table).Count();

    internal static string Quote(string name) => $"\"{name}\"";

    internal static DuckDBType EngineType(FlowField field) => field.Type switch
    {
        FlowType.Time => DuckDBType.Timestamp,
        FlowType.UInt8 => DuckDBType.UnsignedTinyInt,
        FlowType.UInt16 => DuckDBType.UnsignedSmallInt,
        FlowType.UInt32 => DuckDBType.UnsignedInteger,
        FlowType.UInt64 => DuckDBType.UnsignedBigInt,
        FlowType.Int32 => DuckDBType.Integer,
        FlowType.Address => DuckDBType.UnsignedHugeInt,
        _ => DuckDBType.Varchar,
    };

    static string Selected(Slice slice, (string Name, string Type) column) =>
        slice.Columns.Contains(column.Name) ? Quote(column.Name)
        : $"CAST({(column.Type == "VARCHAR" ? "''" : "0")} AS {column.Type}) AS {Quote(column.Name)}";

    static IEnumerable<(string Name, string Type)> Columns(FlowTable table)
    {
        if (table == FlowTable.Records)
            return FlowSchema.Fields.Select(field => (field.Column, SqlType(field))).Append((FlowTables.Ingest, "UBIGINT"));
        return FlowTables.Keys.Select(field => (field.Column, SqlType(field))).Prepend(("time", "TIMESTAMP"))
            .Concat(FlowTables.Sums.Select(field => (field.Column, "UBIGINT")))
            .Append((FlowTables.Count, "UBIGINT")).Append((FlowTables.Ingest, "UBIGINT"));
    }

    static string SqlType(FlowField field) => EngineType(field) switch
    {
        DuckDBType.Timestamp => "TIMESTAMP",
        DuckDBType.UnsignedTinyInt => "UTINYINT",
        DuckDBType.UnsignedSmallInt => "USMALLINT",
        DuckDBType.UnsignedInteger => "UINTEGER",
        DuckDBType.UnsignedBigInt => "UBIGINT",
        DuckDBType.Integer => "INTEGER",
        DuckDBType.UnsignedHugeInt => "UHUGEINT",
        _ => "VARCHAR",
    };

    static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
