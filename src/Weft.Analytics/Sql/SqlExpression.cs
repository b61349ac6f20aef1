using System.Collections.Immutable;

namespace Weft.Analytics.Sql;

/// <summary>What a value is in a store.</summary>
public enum SqlType { Time, UInt8, UInt16, UInt32, UInt64, Int32, Int64, Double, Address, Text }

public enum SqlComparison { Equal, Less, LessOrEqual, Greater, GreaterOrEqual }

/// <summary>How a text is searched.</summary>
public enum SqlSearch { StartsWith, Contains, Matches }

public enum SqlAggregate { Sum, Count, Distinct, Minimum, Maximum, Average, Quantile }

/// <summary>An expression, the same for all stores; how it is written is for a <see cref="SqlWriter"/>.</summary>
public abstract record SqlExpression
{
    SqlExpression() { }

    public sealed record Column(string Name) : SqlExpression;

    /// <summary>A value; it never stands in the text.</summary>
    /// <param name="Content">Of a time: microseconds. long, ulong, UInt128, double or string.</param>
    public sealed record Value(object Content, SqlType Type) : SqlExpression;

    public sealed record Compare(SqlComparison How, SqlExpression Left, SqlExpression Right) : SqlExpression;

    /// <summary>Both ends included.</summary>
    public sealed record Between(SqlExpression Inner, SqlExpression Low, SqlExpression High) : SqlExpression;

    /// <summary>All of them; none: true.</summary>
    public sealed record All(ImmutableArray<SqlExpression> Parts) : SqlExpression;

    /// <summary>One of them; none: false.</summary>
    public sealed record Either(ImmutableArray<SqlExpression> Parts) : SqlExpression;

    public sealed record Not(SqlExpression Inner) : SqlExpression;

    public sealed record In(SqlExpression Inner, ImmutableArray<SqlExpression> Values) : SqlExpression;

    public sealed record Search(SqlSearch How, SqlExpression Text, SqlExpression Wanted) : SqlExpression;

    /// <summary>One label of a text of labels; empty when it is not there.</summary>
    public sealed record Label(SqlExpression Labels, string Key) : SqlExpression;

    /// <summary>All bits of the mask are set.</summary>
    public sealed record Bits(SqlExpression Inner, byte Mask) : SqlExpression;

    public sealed record If(SqlExpression Condition, SqlExpression Then, SqlExpression Else) : SqlExpression;

    /// <summary>The beginning of the step that a time lies in, in microseconds; steps begin at 1970.</summary>
    public sealed record Bucket(SqlExpression Time, long Step) : SqlExpression;

    /// <summary>Zeros are as if they were not there.</summary>
    public sealed record WithoutZero(SqlExpression Inner) : SqlExpression;

    /// <param name="Argument">Null: rows.</param>
    /// <param name="Quantile">Of <see cref="SqlAggregate.Quantile"/>, between 0 and 1.</param>
    public sealed record Aggregate(SqlAggregate How, SqlExpression? Argument, double Quantile = 0) : SqlExpression;

    /// <summary>As a fraction; nothing when the divisor is zero.</summary>
    public sealed record Divide(SqlExpression Left, SqlExpression Right) : SqlExpression;
}

/// <param name="Alias">Its name in the answer.</param>
public sealed record SqlColumn(SqlExpression Expression, string Alias);

/// <param name="By">A column of the source, or of the answer by its alias.</param>
public readonly record struct SqlOrder(SqlExpression By, bool IsDescending);

/// <summary>What a statement reads.</summary>
public abstract record SqlSource
{
    SqlSource() { }

    public sealed record Table(string Name) : SqlSource;

    /// <summary>The rows of all of them, which have the same columns.</summary>
    public sealed record Union(ImmutableArray<SqlSelect> Parts) : SqlSource;
}

/// <summary>A statement.</summary>
/// <param name="GroupBy">How many of the columns, from the first, make a group; null: rows are not grouped.</param>
public sealed record SqlSelect(
    ImmutableArray<SqlColumn> Columns, SqlSource From, SqlExpression Where, int? GroupBy = null,
    ImmutableArray<SqlOrder> OrderBy = default, long? Limit = null)
{
    public SqlQuery Write(SqlDialect dialect) => SqlWriter.Of(dialect).Write(this);
}
