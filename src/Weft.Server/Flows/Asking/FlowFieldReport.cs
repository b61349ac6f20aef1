using System.Text.Json;
using Weft.Analytics.Queries;
using Weft.Flows;

namespace Weft.Server.Flows.Asking;

/// <summary>One field of records, for those who ask.</summary>
/// <param name="Type">How it is stored.</param>
/// <param name="Meaning">How it is written.</param>
/// <param name="RollUp">Whether roll-ups have it: <c>key</c>, <c>sum</c> or <c>none</c>.</param>
/// <param name="Names">All that its values can be.</param>
/// <param name="Operators">That fit it in filters.</param>
sealed record FlowFieldReport(
    string Name, string Type, string Meaning, string RollUp, string About, IReadOnlyList<string> Names, IReadOnlyList<string> Operators)
{
    internal static IReadOnlyList<FlowFieldReport> All { get; } = [.. FlowSchema.Fields.Select(field => new FlowFieldReport(
        field.Name, Word(field.Type), Word(field.Meaning), Word(field.RollUp), field.About, field.Names, FlowFieldUse.Operators(field)))];

    static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
