using Weft.Flows;

namespace Weft.Analytics.Queries;

/// <summary>What can be done with a field.</summary>
static class FlowFieldUse
{
    /// <summary>It can be added up: bytes, packets, connections, durations; not ports and other numbers that are names.</summary>
    internal static bool IsAmount(this FlowField field) =>
        field.RollUp == FlowRollUp.Sum
        || field.Meaning is FlowMeaning.Bytes or FlowMeaning.Microseconds or FlowMeaning.Milliseconds
        || field.Name.EndsWith("packets", StringComparison.Ordinal);

    /// <summary>Zero means that nothing was measured.</summary>
    internal static bool HasNoZero(this FlowField field) => field.Meaning == FlowMeaning.Microseconds;
}
