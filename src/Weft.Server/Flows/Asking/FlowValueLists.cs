using Weft.Analytics.Fields;
using Weft.Analytics.Filters;
using Weft.Analytics.Queries;
using Weft.Flows;
using Weft.Model.Validation;
using Weft.Server.Access;
using Weft.Server.Rest;

namespace Weft.Server.Flows.Asking;

/// <summary>Values of a field that have been seen lately, for completion.</summary>
static class FlowValueLists
{
    const int Most = 100;

    /// <summary>Of numbers and addresses, among so many is looked for those that begin so.</summary>
    const int MostSeen = 5000;

    /// <returns>The most frequent first.</returns>
    /// <exception cref="ProblemException">There is no such field, or the caller may not ask.</exception>
    internal static async Task<IReadOnlyList<string>> ReadAsync(
        FlowAsker asker, Caller caller, string name, string prefix, string? since, string? project, CancellationToken cancellation)
    {
        var sides = FlowFieldName.TryFind(name, out var one) ? [one] : FlowFieldName.FindAny(name);
        if (sides.Count == 0)
            throw new ProblemException(Problem.NotFound($"there is no field '{NameRules.Shown(name)}'{Nearest.Question(FlowFieldName.Near(name, withAny: true))}"));
        if (Known(sides[0].Field) is { } known)
            return [.. known.Where(value => value.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))];
        var counts = new Dictionary<string, ulong>(StringComparer.Ordinal);
        using var slot = asker.Slots.Take(caller, project);
        foreach (var side in sides)
        {
            await foreach (var (value, count) in SeenAsync(asker, caller, side, prefix, since, project, cancellation))
                counts[value] = counts.GetValueOrDefault(value) + count;
        }
        return [.. counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Key).Take(Most)];
    }

    static IReadOnlyList<string>? Known(FlowField field) => field.Meaning switch
    {
        FlowMeaning.Names => field.Names,
        FlowMeaning.Flag => ["true", "false"],
        FlowMeaning.TcpFlags => TcpFlags.Names,
        _ => null,
    };

    static async IAsyncEnumerable<(string Value, ulong Count)> SeenAsync(
        FlowAsker asker, Caller caller, FlowFieldName name, string prefix, string? since, string? project,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var isKeys = name is { Label: null, Field.Meaning: FlowMeaning.Labels };
        var (query, access) = asker.Read(new() { Since = since ?? "1h", GroupBy = [name.Name], Limit = MostSeen, Project = project }, caller);
        if (name.IsText && !isKeys && prefix.Length > 0)
            query = query with { Where = new FlowFilter.Part(name, TextTest.StartsWith, prefix), Limit = Most };
        var (plan, _) = await asker.PlanAsync(query, cancellation);
        await foreach (var block in asker.AskAsync(new FlowStatements(query, access).Answer(plan, query.Limit), cancellation))
        {
            var values = new AnswerValues(query.Columns[0], block.Column(0));
            var counts = new AnswerValues(query.Columns[1], block.Column(1));
            for (var row = 0; row < block.Length; row++)
            {
                foreach (var value in Texts(values, row, isKeys).Where(value => value.Length > 0 && value.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
                    yield return (value, (ulong)counts.Integer(row));
            }
        }
    }

    static IEnumerable<string> Texts(AnswerValues values, int row, bool isKeys) => isKeys ? values.Labels(row).Keys : [values.Text(row)];
}
