using System.Globalization;
using System.Text.RegularExpressions;

namespace Weft.Analytics.Sql;

/// <summary>The SQL of ClickHouse: times are DateTime64(6) in UTC, addresses UInt128.</summary>
sealed class ClickHouseWriter : SqlWriter
{
    protected override string Mention(string name, SqlType type) => $"{{{name}:{TypeName(type)}}}";

    protected override void Time(string parameter) => Put($"fromUnixTimestamp64Micro({parameter}, 'UTC')");

    protected override void Search(SqlSearch how, Action text, Action wanted)
    {
        if (how == SqlSearch.Contains)
            Put("(position(", text, ", ", wanted, ") > 0)");
        else if (how == SqlSearch.StartsWith)
            Put("startsWith(", text, ", ", wanted, ")");
        else
            Put("match(", text, ", concat('(?-s)', ", wanted, "))"); // here a dot would also be a line break
    }

    protected override void Label(Action labels, string key) =>
        Put("extract(", labels, ", ", Add($"\\n{Regex.Escape(key)}=([^\\n]*)", SqlType.Text), ")");

    protected override void Bucket(Action time, long step) =>
        Put("(intDiv(toUnixTimestamp64Micro(", time, string.Create(CultureInfo.InvariantCulture, $"), {step}) * {step})"));

    protected override void Bits(Action inner, byte mask) => Put("(bitAnd(", inner, $", {mask}) = {mask})");

    protected override void Aggregate(SqlAggregate how, Action? argument, double quantile)
    {
        Piece inner = argument ?? (Action)(() => { });
        switch (how)
        {
            case SqlAggregate.Sum:
                Put("toUInt64(sum(", inner, "))");
                break;
            case SqlAggregate.Quantile:
                // Between two values as the other store: percentiles are the same in both.
                Put(string.Create(CultureInfo.InvariantCulture, $"quantileExactInclusive({quantile})("), inner, ")");
                break;
            default:
                Put(
                    how switch
                    {
                        SqlAggregate.Count => "count(",
                        SqlAggregate.Distinct => "uniqExact(",
                        SqlAggregate.Minimum => "minOrNull(",
                        SqlAggregate.Maximum => "maxOrNull(",
                        _ => "avg(",
                    },
                    inner, ")");
                break;
        }
    }

    protected override void Divide(Action left, Action right) => Put("(", left, " / nullif(", right, ", 0))");

    protected override string Quote(string name) =>
        $"`{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("`", "\\`", StringComparison.Ordinal)}`";

    static string TypeName(SqlType type) => type switch
    {
        SqlType.UInt8 => "UInt8",
        SqlType.UInt16 => "UInt16",
        SqlType.UInt32 => "UInt32",
        SqlType.UInt64 => "UInt64",
        SqlType.Int32 => "Int32",
        SqlType.Double => "Float64",
        SqlType.Address => "UInt128",
        SqlType.Text => "String",
        _ => "Int64",
    };
}
