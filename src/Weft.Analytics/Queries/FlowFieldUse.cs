using Weft.Analytics.Filters;
using Weft.Flows;

namespace Weft.Analytics.Queries;

/// <summary>What can be done with a field.</summary>
public static class FlowFieldUse
{
    /// <summary>It can be added up: bytes, packets, connections, durations; not ports and other numbers that are names.</summary>
    internal static bool IsAmount(this FlowField field) =>
        field.RollUp == FlowRollUp.Sum
        || field.Meaning is FlowMeaning.Bytes or FlowMeaning.Microseconds or FlowMeaning.Milliseconds
        || field.Name.EndsWith("packets", StringComparison.Ordinal);

    /// <summary>Zero means that nothing was measured.</summary>
    internal static bool HasNoZero(this FlowField field) => field.Meaning == FlowMeaning.Microseconds;

    /// <summary>What compares it in filters, as it is written.</summary>
    public static IReadOnlyList<string> Operators(FlowField field) =>
        [.. FilterValues.Operators(field).Possible.SelectMany(one => FilterValues.Sign(one).Split(", ")), "not in"];
}

/// <summary>Which reports of a connection are meant.</summary>
public static class FlowObservers
{
    /// <summary>Each record, also both of a connection between two nodes.</summary>
    public static FlowFilter Both { get; } = FlowFilter.Parse("observer in (entry, exit)", DateTimeOffset.UnixEpoch);
}
