using System.Collections.Immutable;
using System.Globalization;
using Weft.Analytics.Fields;
using Weft.Analytics.Sql;
using Weft.Analytics.Storage;
using Weft.Flows;
using static Weft.Analytics.Sql.SqlExpression;

namespace Weft.Analytics.Queries;

/// <summary>Questions as statements. Their columns are those of <see cref="FlowQuery.Columns"/>, in that order.</summary>
public sealed class FlowStatements
{
    /// <summary>Before the columns of parts: no part's column has the name of one of its table, which would be mistaken.</summary>
    const string Part = "x_";

    const string Rows = Part + FlowTables.Count;

    readonly FlowQuery _query;
    readonly FlowAccess _access;
    readonly SqlExpression _where;

    public FlowStatements(FlowQuery query, FlowAccess access)
    {
        _query = query;
        _access = access;
        _where = new All([access.Condition, CountedOnce(query), SqlValues.Of(query.Where, access.Visible)]);
    }

    /// <param name="limit">Of rows.</param>
    public SqlSelect Answer(FlowPlan plan, long limit)
    {
        if (!_query.IsGrouped)
            return Records(Within(plan.Since, plan.Until), limit);
        var isPlain = plan.Parts is [_];
        var fields = _query.GroupBy.Concat(_query.Aggregates.Select(aggregate => aggregate.Field).OfType<FlowFieldName>())
            .Select(name => name.Field).Concat(_query.Bucket is null ? [] : [s_time]).Distinct().ToArray();
        SqlSource source = isPlain
            ? new SqlSource.Table(plan.Parts[0].Table.Name())
            : new SqlSource.Union([.. plan.Parts.Select(part => PartOf(part, fields))]);
        Func<FlowField, SqlExpression> read = isPlain ? _access.Visible : field => new Column(Part + field.Column);
        var isRecords = plan.Parts.All(part => part.Table == FlowTable.Records);
        var rows = isRecords && isPlain ? new Aggregate(SqlAggregate.Count, null)
            : new Aggregate(SqlAggregate.Sum, new Column(isPlain ? FlowTables.Count : Rows));
        SqlExpression[] expressions =
        [
            .. _query.Bucket is { } step ? [new Bucket(read(s_time), step)] : Enumerable.Empty<SqlExpression>(),
            .. _query.GroupBy.Select(name => SqlValues.Named(name, read)),
            .. _query.Aggregates.Select(aggregate => Aggregated(aggregate, read, rows, isRecords, Seconds(plan))),
        ];
        return new(
            Aliased(expressions), source, isPlain ? Conditions(plan.Parts[0]) : new All([]),
            expressions.Length - _query.Aggregates.Length, Order(expressions.Length - _query.Aggregates.Length), limit);
    }

    /// <summary>Records that came in after one ingest number, up to another; in the order in which they came.</summary>
    public SqlSelect Followed(ulong after, ulong upTo) => new(
        Aliased([.. _query.Fields.Select(name => SqlValues.Named(name, _access.Visible))]),
        new SqlSource.Table(FlowTable.Records.Name()),
        new All([Ingested(after, upTo), new Compare(SqlComparison.GreaterOrEqual, new Column(s_time.Column), SqlValues.Time(_query.Since)), _where]),
        OrderBy: [new(new Column(FlowTables.Ingest), false), new(new Column(s_time.Column), false)]);

    /// <summary>The newest ingest number after another; none: nothing has come.</summary>
    public static SqlSelect Newest(ulong after) => new(
        [new(new Aggregate(SqlAggregate.Maximum, new Column(FlowTables.Ingest)), "newest")],
        new SqlSource.Table(FlowTable.Records.Name()), Ingested(after, ulong.MaxValue));

    /// <summary>The newest first, unless another order is asked for.</summary>
    SqlSelect Records(SqlExpression within, long limit) => new(
        Aliased([.. _query.Fields.Select(name => SqlValues.Named(name, _access.Visible))]),
        new SqlSource.Table(FlowTable.Records.Name()), new All([within, _where]),
        OrderBy: _query.OrderBy.IsEmpty ? [new(new Column(s_time.Column), true)] : Order(0), Limit: limit);

    /// <summary>A part with what the whole needs; visible already.</summary>
    SqlSelect PartOf(FlowPlanPart part, IReadOnlyCollection<FlowField> fields) => new(
        [
            .. fields.Select(field => new SqlColumn(_access.Visible(field), Part + field.Column)),
            new SqlColumn(part.Table == FlowTable.Records ? new Value(1UL, SqlType.UInt64) : new Column(FlowTables.Count), Rows),
        ],
        new SqlSource.Table(part.Table.Name()), Conditions(part));

    static SqlExpression Aggregated(FlowAggregate aggregate, Func<FlowField, SqlExpression> read, SqlExpression rows, bool isRecords, double seconds)
    {
        if (aggregate.Field is not { } name)
            return rows;
        var value = SqlValues.Named(name, read);
        var measured = name.Field.HasNoZero() ? new WithoutZero(value) : value;
        return aggregate.Kind switch
        {
            FlowAggregateKind.Sum => new Aggregate(SqlAggregate.Sum, value),
            FlowAggregateKind.Average when !isRecords => new Divide(new Aggregate(SqlAggregate.Sum, value), rows),
            FlowAggregateKind.Average => new Aggregate(SqlAggregate.Average, measured),
            FlowAggregateKind.Minimum => new Aggregate(SqlAggregate.Minimum, measured),
            FlowAggregateKind.Maximum => new Aggregate(SqlAggregate.Maximum, measured),
            FlowAggregateKind.Distinct => new Aggregate(SqlAggregate.Distinct, value),
            FlowAggregateKind.Rate => new Divide(new Aggregate(SqlAggregate.Sum, value), new Value(seconds, SqlType.Double)),
            _ => new Aggregate(SqlAggregate.Quantile, measured, (double)(aggregate.Percent / 100)),
        };
    }

    /// <summary>Then by the groups, so that the same question has the same answer.</summary>
    ImmutableArray<SqlOrder> Order(int groups)
    {
        var asked = _query.OrderBy.Select(order => new SqlOrder(new Column(Alias(order.Column)), order.IsDescending));
        var rest = Enumerable.Range(0, groups).Where(group => _query.OrderBy.All(order => order.Column != group))
            .Select(group => new SqlOrder(new Column(Alias(group)), false));
        return [.. asked, .. rest];
    }

    double Seconds(FlowPlan plan) => (double)(_query.Bucket ?? plan.Until - plan.Since) / FlowTime.Second;

    All Conditions(FlowPlanPart part) => new([Ingested(part.After, part.UpTo), Within(part.From, part.To), _where]);

    static All Ingested(ulong after, ulong upTo)
    {
        var ingest = new Column(FlowTables.Ingest);
        return new(
        [
            .. after == 0 ? Enumerable.Empty<SqlExpression>() : [new Compare(SqlComparison.Greater, ingest, new Value(after, SqlType.UInt64))],
            .. upTo == ulong.MaxValue ? Enumerable.Empty<SqlExpression>() : [new Compare(SqlComparison.LessOrEqual, ingest, new Value(upTo, SqlType.UInt64))],
        ]);
    }

    static All Within(long from, long to)
    {
        var time = new Column(s_time.Column);
        return new([new Compare(SqlComparison.GreaterOrEqual, time, SqlValues.Time(from)), new Compare(SqlComparison.Less, time, SqlValues.Time(to))]);
    }

    /// <summary>Two nodes record a connection between them; who does not ask which, means it once.</summary>
    static SqlExpression CountedOnce(FlowQuery query)
    {
        if (query.AskedFields.Any(field => field.Name == "observer"))
            return new All([]);
        return new Either(
        [
            new Compare(SqlComparison.Equal, new Column("observer"), new Value((ulong)FlowObserver.Entry, SqlType.UInt8)),
            new Compare(SqlComparison.Equal, new Column("verdict"), new Value((ulong)FlowVerdict.Denied, SqlType.UInt8)),
        ]);
    }

    static ImmutableArray<SqlColumn> Aliased(SqlExpression[] expressions) =>
        [.. expressions.Select((expression, i) => new SqlColumn(expression, Alias(i)))];

    static string Alias(int column) => string.Create(CultureInfo.InvariantCulture, $"c{column}");

    static readonly FlowField s_time = FlowSchema.Find("time")!;
}
