using System.ComponentModel;

namespace Weft.Analytics.Queries;

/// <summary>What is asked about flows, as a person writes it.</summary>
public sealed record FlowRequest
{
    [Description("From when: a time (RFC 3339) or an age such as `10m`, `2h`, `7d`; `10m` when not given.")]
    public string? Since { get; init; }

    [Description("Until when, that excluded; now when not given.")]
    public string? Until { get; init; }

    [Description("A filter, such as `source.network = frontend and verdict = denied`; everything when not given.")]
    public string? Where { get; init; }

    [Description("Only flows that a port of this project took part in; of all that the caller may see when not given.")]
    public string? Project { get; init; }

    [Description("Of single records: their fields. Not together with `groupBy`, `aggregates` and `bucket`.")]
    public IReadOnlyList<string>? Fields { get; init; }

    [Description("Fields whose values are kept apart, also single labels such as `source.labels.app`.")]
    public IReadOnlyList<string>? GroupBy { get; init; }

    [Description("`count()`, and of fields `sum(bytes)`, `avg`, `min`, `max`, `distinct`, `p50` to `p99.9`, `rate` (a second); `count()` when not given.")]
    public IReadOnlyList<string>? Aggregates { get; init; }

    [Description("Length of time that is a group of its own, such as `10s`, `1m`, `1h`.")]
    public string? Bucket { get; init; }

    [Description("Columns of the answer; `-` before one: the largest first.")]
    public IReadOnlyList<string>? OrderBy { get; init; }

    [Description("How many rows at most; 1000 records or 10000 groups when not given.")]
    public int? Limit { get; init; }

    [Description("Only as many groups, those with the largest first aggregate.")]
    public int? Top { get; init; }
}
