using System.Collections.Immutable;
using Weft.Analytics.Fields;
using Weft.Analytics.Filters;
using Weft.Flows;

namespace Weft.Analytics.Queries;

/// <summary>A question about flows, all of it understood. Times are microseconds since 1970.</summary>
/// <param name="Since">The first.</param>
/// <param name="Until">The first that is not meant any more.</param>
public sealed record FlowQuery(long Since, long Until, FlowFilter Where)
{
    /// <summary>Of single records; empty when they are grouped.</summary>
    public ImmutableArray<FlowFieldName> Fields { get; init; } = [];

    public ImmutableArray<FlowFieldName> GroupBy { get; init; } = [];

    /// <summary>Empty: single records are asked for.</summary>
    public ImmutableArray<FlowAggregate> Aggregates { get; init; } = [];

    /// <summary>Null: time makes no groups.</summary>
    public long? Bucket { get; init; }

    /// <summary>Of the columns of <see cref="Columns"/>; empty: records, the newest first.</summary>
    public ImmutableArray<(int Column, bool IsDescending)> OrderBy { get; init; } = [];

    public int Limit { get; init; } = int.MaxValue;

    public bool IsGrouped => !Aggregates.IsEmpty;

    /// <summary>What is in the answer, in this order.</summary>
    public ImmutableArray<AnswerColumn> Columns => IsGrouped
        ? [
            .. Bucket is null ? Enumerable.Empty<AnswerColumn>() : [AnswerColumn.Bucket],
            .. GroupBy.Select(AnswerColumn.Of),
            .. Aggregates.Select(AnswerColumn.Of),
        ]
        : [.. Fields.Select(AnswerColumn.Of)];

    /// <summary>All fields that are asked for, in the filter too.</summary>
    public IEnumerable<FlowField> AskedFields =>
        Where.Fields.Concat(Fields.Concat(GroupBy).Select(name => name.Field))
            .Concat(Aggregates.Where(aggregate => aggregate.Field is not null).Select(aggregate => aggregate.Field!.Field));
}

public enum FlowAggregateKind { Count, Sum, Average, Minimum, Maximum, Distinct, Quantile, Rate }

/// <param name="Field">Null for <see cref="FlowAggregateKind.Count"/>.</param>
/// <param name="Percent">Of <see cref="FlowAggregateKind.Quantile"/>.</param>
public sealed record FlowAggregate(FlowAggregateKind Kind, FlowFieldName? Field, decimal Percent = 0)
{
    public static readonly FlowAggregate Count = new(FlowAggregateKind.Count, null);

    /// <summary>As it is asked for: <c>sum(bytes)</c>.</summary>
    public string Name => $"{Word}({Field?.Name})";

    string Word => Kind switch
    {
        FlowAggregateKind.Count => "count",
        FlowAggregateKind.Sum => "sum",
        FlowAggregateKind.Average => "avg",
        FlowAggregateKind.Minimum => "min",
        FlowAggregateKind.Maximum => "max",
        FlowAggregateKind.Distinct => "distinct",
        FlowAggregateKind.Rate => "rate",
        _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"p{Percent:0.###}"),
    };
}
