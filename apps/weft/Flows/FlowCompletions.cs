using System.CommandLine.Completions;
using Weft.Cli.Commands;

namespace Weft.Cli.Flows;

/// <summary>Completion of lists of fields: of what follows the last comma.</summary>
static class FlowCompletions
{
    static readonly string[] s_functions = ["sum", "avg", "max", "min", "p50", "p90", "p99", "rate"];

    public static IEnumerable<CompletionItem> Fields(CompletionContext completion, CommandContext context) =>
        Ask(completion, context, field => [field.Name]);

    public static IEnumerable<CompletionItem> Numbers(CompletionContext completion, CommandContext context) =>
        Ask(completion, context, field => field.IsNumber ? [field.Name] : []);

    public static IEnumerable<CompletionItem> Aggregates(CompletionContext completion, CommandContext context) =>
        Ask(completion, context, AggregatesOf, "count()");

    public static IEnumerable<CompletionItem> Columns(CompletionContext completion, CommandContext context) =>
        Ask(completion, context, field => [field.Name, $"-{field.Name}", .. AggregatesOf(field).Select(text => $"-{text}")], "-count()");

    static IEnumerable<string> AggregatesOf(FlowField field) =>
        field.IsNumber ? s_functions.Select(function => $"{function}({field.Name})") : [$"distinct({field.Name})"];

    static IEnumerable<CompletionItem> Ask(
        CompletionContext completion, CommandContext context, Func<FlowField, IEnumerable<string>> words, params string[] more)
    {
        var head = completion.WordToComplete[..(completion.WordToComplete.LastIndexOf(',') + 1)];
        return Completions.Ask(completion, context, async (session, cancel) =>
            more.Concat((await session.Flows.FieldsAsync(cancel)).SelectMany(words)).Select(word => new CompletionItem(head + word)));
    }
}
