using System.ComponentModel;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Weft.Analytics.Queries;

namespace Weft.Server.Rest;

/// <summary>A question about flows in a query string; lists have commas between.</summary>
sealed class FlowListQuery
{
    [Description("From when: a time (RFC 3339) or an age such as `10m`, `2h`, `7d`; `10m` when not given.")]
    [FromQuery(Name = "since")]
    public string? Since { get; init; }

    [Description("Until when, that excluded; now when not given.")]
    [FromQuery(Name = "until")]
    public string? Until { get; init; }

    [Description("A filter, such as `source.network = frontend and verdict = denied`.")]
    [FromQuery(Name = "where")]
    public string? Where { get; init; }

    [Description("Only flows that a port of this project took part in.")]
    [FromQuery(Name = "project")]
    public string? Project { get; init; }

    [Description("Fields of single records.")]
    [FromQuery(Name = "fields")]
    public string? Fields { get; init; }

    [Description("Fields whose values are kept apart.")]
    [FromQuery(Name = "groupBy")]
    public string? GroupBy { get; init; }

    [Description("Of each group, such as `sum(bytes),count()`.")]
    [FromQuery(Name = "aggregates")]
    public string? Aggregates { get; init; }

    [Description("Length of time that is a group of its own, such as `1m`.")]
    [FromQuery(Name = "bucket")]
    public string? Bucket { get; init; }

    [Description("Columns of the answer; `-` before one: the largest first.")]
    [FromQuery(Name = "orderBy")]
    public string? OrderBy { get; init; }

    [Description("How many rows at most.")]
    [FromQuery(Name = "limit")]
    public int? Limit { get; init; }

    [Description("Only as many groups, those with the largest first aggregate.")]
    [FromQuery(Name = "top")]
    public int? Top { get; init; }

    [Description("Stream records as lines of JSON: those since `since` (now when not given), then what comes. Empty lines say that both sides are there.")]
    [FromQuery(Name = "follow")]
    public bool? Follow { get; init; }

    public FlowRequest ToRequest() => new()
    {
        Since = Since,
        Until = Until,
        Where = Where,
        Project = Project,
        Fields = List(Fields),
        GroupBy = List(GroupBy),
        Aggregates = List(Aggregates),
        Bucket = Bucket,
        OrderBy = List(OrderBy),
        Limit = Limit,
        Top = Top,
    };

    static string[]? List(string? text) => text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>What an answer looks like in JSON; it is written row by row.</summary>
sealed record FlowAnswerShape(
    IReadOnlyList<FlowAnswerColumn> Columns, string Since, string Until, IReadOnlyList<string> Tables,
    IReadOnlyList<JsonArray> Rows, bool? Limited, string? Error);

sealed record FlowAnswerColumn(string Name, string Type, string? Unit);
