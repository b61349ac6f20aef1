using System.Globalization;
using System.Text.RegularExpressions;

namespace Weft.Analytics.Sql;

/// <summary>The SQL of DuckDB: times are TIMESTAMP in UTC, addresses UHUGEINT.</summary>
sealed class DuckDbWriter : SqlWriter
{
    protected override string Mention(string name, SqlType type) => type switch
    {
        // The type of a parameter decides how a comparison is made: without it a column would be cast, and nothing skipped.
        SqlType.UInt8 => $"CAST(${name} AS UTINYINT)",
        SqlType.UInt16 => $"CAST(${name} AS USMALLINT)",
        SqlType.UInt32 => $"CAST(${name} AS UINTEGER)",
        SqlType.UInt64 => $"CAST(${name} AS UBIGINT)",
        SqlType.Int32 => $"CAST(${name} AS INTEGER)",
        _ => $"${name}",
    };

    protected override void Time(string parameter) => Put($"make_timestamp({parameter})");

    protected override void Search(SqlSearch how, Action text, Action wanted) => Put(
        how switch { SqlSearch.StartsWith => "starts_with(", SqlSearch.Contains => "contains(", _ => "regexp_matches(" }, text, ", ", wanted, ")");

    protected override void Label(Action labels, string key) =>
        Put("regexp_extract(", labels, ", ", Add($"\\n{Regex.Escape(key)}=([^\\n]*)", SqlType.Text), ", 1)");

    protected override void Bucket(Action time, long step) =>
        Put("(epoch_us(", time, string.Create(CultureInfo.InvariantCulture, $") // {step} * {step})"));

    protected override void Aggregate(SqlAggregate how, Action? argument, double quantile)
    {
        Piece inner = argument ?? (Action)(() => Text.Append('*'));
        switch (how)
        {
            case SqlAggregate.Sum:
                // An empty sum is nothing in SQL, and none for us.
                Put("CAST(coalesce(sum(", inner, "), 0) AS UBIGINT)");
                break;
            case SqlAggregate.Count:
                Put("CAST(count(", inner, ") AS UBIGINT)");
                break;
            case SqlAggregate.Distinct:
                Put("CAST(count(DISTINCT ", inner, ") AS UBIGINT)");
                break;
            case SqlAggregate.Quantile:
                Put("CAST(quantile_cont(", inner, string.Create(CultureInfo.InvariantCulture, $", {quantile}) AS DOUBLE)"));
                break;
            default:
                Put(how switch { SqlAggregate.Minimum => "min(", SqlAggregate.Maximum => "max(", _ => "avg(" }, inner, ")");
                break;
        }
    }

    protected override void Divide(Action left, Action right) => Put("(CAST(", left, " AS DOUBLE) / nullif(", right, ", 0))");

    protected override string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
