using System.ComponentModel;
using Microsoft.AspNetCore.Mvc;

namespace Weft.Server.Rest;

/// <summary>What a list may be asked.</summary>
sealed class ListQuery
{
    public const int DefaultLimit = 1000;
    public const int LargestLimit = 10_000;

    [Description("Only what is in this project.")]
    [FromQuery(Name = "project")]
    public string? Project { get; init; }

    [Description("How many at most: 1 to 10000; 1000 when not given.")]
    [FromQuery(Name = "limit")]
    public int? Limit { get; init; }

    [Description("The `next` of the page before.")]
    [FromQuery(Name = "marker")]
    public string? Marker { get; init; }

    [Description("Stream changes as lines of JSON: what there is, then what happens.")]
    [FromQuery(Name = "watch")]
    public bool? Watch { get; init; }

    [Description("Of a watch: only what happened after this revision.")]
    [FromQuery(Name = "revision")]
    public long? Revision { get; init; }
}
