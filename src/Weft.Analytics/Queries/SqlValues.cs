using System.Collections.Immutable;
using Weft.Analytics.Fields;
using Weft.Analytics.Filters;
using Weft.Analytics.Sql;
using Weft.Flows;
using static Weft.Analytics.Sql.SqlExpression;

namespace Weft.Analytics.Queries;

/// <summary>Filters and fields as expressions of a store.</summary>
static class SqlValues
{
    internal static SqlType TypeOf(FlowField field) => field.Type switch
    {
        FlowType.Time => SqlType.Time,
        FlowType.UInt8 => SqlType.UInt8,
        FlowType.UInt16 => SqlType.UInt16,
        FlowType.UInt32 => SqlType.UInt32,
        FlowType.UInt64 => SqlType.UInt64,
        FlowType.Int32 => SqlType.Int32,
        FlowType.Address => SqlType.Address,
        _ => SqlType.Text,
    };

    internal static Value Of(FlowField field, Int128 number) =>
        new(field.Type is FlowType.Time or FlowType.Int32 ? (long)number : (object)(ulong)number, TypeOf(field));

    internal static Value Time(long microseconds) => new(microseconds, SqlType.Time);

    /// <param name="visible">A field as it may be seen.</param>
    internal static SqlExpression Of(FlowFilter filter, Func<FlowField, SqlExpression> visible) => filter switch
    {
        FlowFilter.All all => new All([.. all.Parts.Select(part => Of(part, visible))]),
        FlowFilter.Either either => new Either([.. either.Parts.Select(part => Of(part, visible))]),
        FlowFilter.Not not => new Not(Of(not.Inner, visible)),
        FlowFilter.Numbers numbers => Ranges(visible(numbers.Field), numbers.Ranges, value => Of(numbers.Field, value)),
        FlowFilter.Addresses addresses => Ranges(visible(addresses.Field), addresses.Ranges, value => new Value(value, SqlType.Address)),
        FlowFilter.Bits bits => new Bits(visible(bits.Field), bits.Mask),
        FlowFilter.Texts texts => Texts(texts, visible(texts.Field.Field)),
        FlowFilter.Part part => new Search(How(part.Test), Named(part.Field, visible), new Value(part.Value, SqlType.Text)),
        _ => throw new NotSupportedException(filter.GetType().Name),
    };

    /// <summary>A field, or one label of it.</summary>
    internal static SqlExpression Named(FlowFieldName name, Func<FlowField, SqlExpression> visible) =>
        name.Label is { } key ? new Label(visible(name.Field), key) : visible(name.Field);

    static SqlExpression Ranges<T>(SqlExpression inner, ImmutableArray<(T Low, T High)> ranges, Func<T, Value> value) where T : IEquatable<T>
    {
        var single = ranges.Where(range => range.Low.Equals(range.High)).Select(range => (SqlExpression)value(range.Low)).ToImmutableArray();
        var parts = ranges.Where(range => !range.Low.Equals(range.High))
            .Select(range => (SqlExpression)new Between(inner, value(range.Low), value(range.High)));
        return Either([.. single is [] ? Enumerable.Empty<SqlExpression>() : [OneOf(inner, single)], .. parts]);
    }

    /// <summary>A label that is there is found by a plain search; that it is not there, only by looking at it.</summary>
    static SqlExpression Texts(FlowFilter.Texts texts, SqlExpression inner) => texts.Field.Label is not { } key
        ? OneOf(inner, [.. texts.Values.Select(value => new Value(value, SqlType.Text))])
        : Either([.. texts.Values.Select(value => value.Length > 0
            ? (SqlExpression)new Search(SqlSearch.Contains, inner, new Value(FlowLabels.Needle(key, value), SqlType.Text))
            : new Compare(SqlComparison.Equal, new Label(inner, key), new Value("", SqlType.Text)))]);

    static SqlExpression OneOf(SqlExpression inner, ImmutableArray<SqlExpression> values) =>
        values is [var one] ? new Compare(SqlComparison.Equal, inner, one) : new In(inner, values);

    static SqlExpression Either(ImmutableArray<SqlExpression> parts) => parts is [var one] ? one : new Either(parts);

    static SqlSearch How(TextTest test) => test switch
    {
        TextTest.StartsWith => SqlSearch.StartsWith,
        TextTest.Contains => SqlSearch.Contains,
        _ => SqlSearch.Matches,
    };
}
