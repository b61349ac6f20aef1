using Weft.Flows;

namespace Weft.Analytics.Storage;

/// <summary>Records, and what is added up of them.</summary>
public enum FlowTable { Records, Minutes, Hours }

/// <summary>
/// Tables and columns, the same in every store. Records have a column for each field (<see cref="FlowField.Column"/>) and
/// <see cref="Ingest"/>. Roll-ups have <c>time</c> (the beginning of the minute or hour), the fields that are
/// <see cref="FlowRollUp.Key"/>, the sums of those that are <see cref="FlowRollUp.Sum"/>, <see cref="Count"/>, and
/// <see cref="Ingest"/>: the highest of the records in the row. The same keys may be in several rows, which are to be added up.
/// </summary>
public static class FlowTables
{
    /// <summary>Ascending number that the store gives to each append: what came after it is what has a higher one.</summary>
    public const string Ingest = "ingest";

    /// <summary>Of roll-ups: how many records are in the row.</summary>
    public const string Count = "records";

    public static IReadOnlyList<FlowField> Keys { get; } = [.. FlowSchema.Fields.Where(field => field.RollUp == FlowRollUp.Key)];

    public static IReadOnlyList<FlowField> Sums { get; } = [.. FlowSchema.Fields.Where(field => field.RollUp == FlowRollUp.Sum)];

    public static string Name(this FlowTable table) => table switch
    {
        FlowTable.Records => "flows",
        FlowTable.Minutes => "flows_1m",
        _ => "flows_1h",
    };

    /// <summary>What a row of the table is of; zero: one record.</summary>
    public static TimeSpan Step(this FlowTable table) => table switch
    {
        FlowTable.Records => TimeSpan.Zero,
        FlowTable.Minutes => TimeSpan.FromMinutes(1),
        _ => TimeSpan.FromHours(1),
    };
}
