using Weft.Analytics.Fields;
using Weft.Flows;

namespace Weft.Analytics.Queries;

/// <summary>What the values of a column are.</summary>
public enum AnswerType
{
    /// <summary>Microseconds since 1970.</summary>
    Time,
    /// <summary>A whole number.</summary>
    Integer,
    /// <summary>A number; may be missing.</summary>
    Real,
    Text,
    Address,
    /// <summary>A number with a name.</summary>
    Word,
    Flag,
    Labels,
}

/// <summary>One column of an answer.</summary>
/// <param name="Name">As it was asked for.</param>
/// <param name="Unit">Of numbers: <c>bytes</c>, <c>us</c>, <c>ms</c>, <c>bytes/s</c>; empty: a plain number.</param>
/// <param name="Field">That it is of; null: records, or a bucket.</param>
public sealed record AnswerColumn(string Name, AnswerType Type, string Unit, FlowField? Field)
{
    public static readonly AnswerColumn Bucket = new("bucket", AnswerType.Time, "", null);

    public static AnswerColumn Of(FlowFieldName name) => new(
        name.Name, name.Label is null ? TypeOf(name.Field) : AnswerType.Text, UnitOf(name.Field), name.Field);

    public static AnswerColumn Of(FlowAggregate aggregate) => aggregate.Kind switch
    {
        FlowAggregateKind.Count or FlowAggregateKind.Distinct => new(aggregate.Name, AnswerType.Integer, "", aggregate.Field?.Field),
        FlowAggregateKind.Sum => new(aggregate.Name, AnswerType.Integer, UnitOf(aggregate.Field!.Field), aggregate.Field.Field),
        FlowAggregateKind.Minimum or FlowAggregateKind.Maximum => Of(aggregate.Field!) with { Name = aggregate.Name },
        FlowAggregateKind.Rate => new(aggregate.Name, AnswerType.Real, UnitOf(aggregate.Field!.Field) + "/s", aggregate.Field.Field),
        _ => new(aggregate.Name, AnswerType.Real, UnitOf(aggregate.Field!.Field), aggregate.Field.Field),
    };

    static AnswerType TypeOf(FlowField field) => (field.Type, field.Meaning) switch
    {
        (FlowType.Time, _) => AnswerType.Time,
        (FlowType.Address, _) => AnswerType.Address,
        (_, FlowMeaning.Labels) => AnswerType.Labels,
        (FlowType.Text, _) => AnswerType.Text,
        (_, FlowMeaning.Names or FlowMeaning.Protocol or FlowMeaning.TcpFlags or FlowMeaning.Id) => AnswerType.Word,
        (_, FlowMeaning.Flag) => AnswerType.Flag,
        _ => AnswerType.Integer,
    };

    static string UnitOf(FlowField field) => field.Meaning switch
    {
        FlowMeaning.Bytes => "bytes",
        FlowMeaning.Microseconds => "us",
        FlowMeaning.Milliseconds => "ms",
        _ => "",
    };
}
