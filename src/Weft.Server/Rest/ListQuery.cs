using System.ComponentModel;

namespace Weft.Server.Rest;

/// <summary>What a list may be asked.</summary>
sealed class ListQuery
{
    public const int DefaultLimit = 1000;
    public const int LargestLimit = 10_000;

    [Description("Only what is in this project.")]
    public string? Project { get; init; }

    [Description("How many at most: 1 to 10000; 1000 when not given.")]
    public int? Limit { get; init; }

    [Description("The `next` of the page before.")]
    public string? Marker { get; init; }

    [Description("Stream changes as lines of JSON: what there is, then what happens.")]
    public bool? Watch { get; init; }

    [Description("Of a watch: only what happened after this revision.")]
    public long? Revision { get; init; }
}
