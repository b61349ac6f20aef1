using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using static Weft.Analytics.Sql.SqlExpression;

namespace Weft.Analytics.Sql;

/// <summary>Writes statements. What both stores say alike is here; the rest is theirs.</summary>
/// <remarks>
/// Only names of columns and tables, which are the schema's own, and numbers that steps are made of stand in the text.
/// Everything that a person gave is a parameter.
/// </remarks>
abstract class SqlWriter
{
    readonly List<SqlParameter> _parameters = [];
    readonly Dictionary<(object, SqlType), string> _known = [];

    internal static SqlWriter Of(SqlDialect dialect) => dialect switch
    {
        SqlDialect.DuckDb => new DuckDbWriter(),
        _ => new ClickHouseWriter(),
    };

    protected StringBuilder Text { get; } = new();

    internal SqlQuery Write(SqlSelect select)
    {
        Select(select);
        return new(Text.ToString(), _parameters);
    }

    /// <summary>A parameter in the text: <c>$p0</c>, <c>{p0:Type}</c>.</summary>
    protected abstract string Mention(string name, SqlType type);

    /// <summary>A time of a parameter that holds microseconds.</summary>
    protected abstract void Time(string parameter);

    protected abstract void Search(SqlSearch how, Action text, Action wanted);

    protected abstract void Label(Action labels, string key);

    protected abstract void Bucket(Action time, long step);

    protected abstract void Aggregate(SqlAggregate how, Action? argument, double quantile);

    protected abstract void Divide(Action left, Action right);

    protected abstract string Quote(string name);

    protected virtual void Bits(Action inner, byte mask) => Put($"((", inner, $" & {mask}) = {mask})");

    /// <summary>Mentions a parameter; the same value of the same type is one.</summary>
    protected string Add(object value, SqlType type)
    {
        if (!_known.TryGetValue((value, type), out var name))
        {
            name = string.Create(CultureInfo.InvariantCulture, $"p{_parameters.Count}");
            _parameters.Add(new(name, value));
            _known.Add((value, type), name);
        }
        return Mention(name, type);
    }

    protected void Put(params ReadOnlySpan<Piece> pieces)
    {
        foreach (var piece in pieces)
        {
            if (piece.Write is { } write)
                write();
            else
                Text.Append(piece.Text);
        }
    }

    protected readonly record struct Piece(string? Text, Action? Write)
    {
        public static implicit operator Piece(string text) => new(text, null);

        public static implicit operator Piece(Action write) => new(null, write);
    }

    void Select(SqlSelect select)
    {
        Text.Append("SELECT ");
        List(select.Columns, column => Put(Inner(column.Expression), $" AS {Quote(column.Alias)}"));
        Text.Append(" FROM ");
        From(select.From);
        if (!IsTrue(select.Where))
            Put(" WHERE ", Inner(select.Where));
        if (select.GroupBy is > 0 and var count)
        {
            Text.Append(" GROUP BY ");
            List(Enumerable.Range(1, count), number => Text.Append(number));
        }
        if (!select.OrderBy.IsDefaultOrEmpty)
        {
            Text.Append(" ORDER BY ");
            List(select.OrderBy, order => Put(Inner(order.By), order.IsDescending ? " DESC NULLS LAST" : " ASC NULLS LAST"));
        }
        if (select.Limit is { } limit)
            Text.Append(CultureInfo.InvariantCulture, $" LIMIT {limit}");
    }

    void From(SqlSource source)
    {
        if (source is SqlSource.Table table)
        {
            Text.Append(table.Name);
            return;
        }
        Text.Append('(');
        List(((SqlSource.Union)source).Parts, Select, " UNION ALL ");
        Text.Append(") AS parts");
    }

    void Write(SqlExpression expression)
    {
        switch (expression)
        {
            case Column column:
                Text.Append(Quote(column.Name));
                break;
            case Value { Type: SqlType.Time } time:
                Time(Add(time.Content, SqlType.Int64));
                break;
            case Value value:
                Text.Append(Add(value.Content, value.Type));
                break;
            case Compare compare:
                Put("(", Inner(compare.Left), Sign(compare.How), Inner(compare.Right), ")");
                break;
            case Between between:
                Put("(", Inner(between.Inner), " BETWEEN ", Inner(between.Low), " AND ", Inner(between.High), ")");
                break;
            case All all:
                Junction(Needed(all), " AND ", "(1 = 1)");
                break;
            case Either either:
                Junction(either.Parts, " OR ", "(1 = 0)");
                break;
            case Not not:
                Put("(NOT ", Inner(not.Inner), ")");
                break;
            case In within:
                Put("(", Inner(within.Inner), " IN (");
                List(within.Values, Write);
                Text.Append("))");
                break;
            case SqlExpression.If either:
                Put("CASE WHEN ", Inner(either.Condition), " THEN ", Inner(either.Then), " ELSE ", Inner(either.Else), " END");
                break;
            case WithoutZero without:
                Put("nullif(", Inner(without.Inner), ", 0)");
                break;
            default:
                WriteOwn(expression);
                break;
        }
    }

    /// <summary>What each store writes in its own way.</summary>
    void WriteOwn(SqlExpression expression)
    {
        switch (expression)
        {
            case Search search:
                Search(search.How, Inner(search.Text), Inner(search.Wanted));
                break;
            case Label label:
                Label(Inner(label.Labels), label.Key);
                break;
            case Bits bits:
                Bits(Inner(bits.Inner), bits.Mask);
                break;
            case Bucket bucket:
                Bucket(Inner(bucket.Time), bucket.Step);
                break;
            case Aggregate aggregate:
                Aggregate(aggregate.How, aggregate.Argument is { } argument ? Inner(argument) : null, aggregate.Quantile);
                break;
            case Divide divide:
                Divide(Inner(divide.Left), Inner(divide.Right));
                break;
            default:
                throw new NotSupportedException(expression.GetType().Name);
        }
    }

    Action Inner(SqlExpression expression) => () => Write(expression);

    /// <summary>Without those that are true anyway, and without parentheses within.</summary>
    static ImmutableArray<SqlExpression> Needed(All all) =>
        [.. all.Parts.Where(part => !IsTrue(part)).SelectMany(part => part is All inner ? Needed(inner) : [part])];

    static bool IsTrue(SqlExpression expression) => expression is All all && all.Parts.All(IsTrue);

    void Junction(ImmutableArray<SqlExpression> parts, string between, string none)
    {
        if (parts.IsEmpty)
        {
            Text.Append(none);
            return;
        }
        Text.Append('(');
        List(parts, Write, between);
        Text.Append(')');
    }

    void List<T>(IEnumerable<T> items, Action<T> write, string between = ", ")
    {
        var isFirst = true;
        foreach (var item in items)
        {
            if (!isFirst)
                Text.Append(between);
            isFirst = false;
            write(item);
        }
    }

    static string Sign(SqlComparison how) => how switch
    {
        SqlComparison.Equal => " = ",
        SqlComparison.Less => " < ",
        SqlComparison.LessOrEqual => " <= ",
        SqlComparison.Greater => " > ",
        _ => " >= ",
    };
}
