using System.CommandLine;
using System.CommandLine.Completions;
using Weft.Cli.Output;

namespace Weft.Cli.Commands;

/// <summary>Shell completion of names, from the server; silent when it cannot be asked.</summary>
static class Completions
{
    /// <summary>A person waits for the Tab key.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public static Argument<T> Completes<T>(this Argument<T> argument, CommandContext context, Kind kind)
    {
        argument.CompletionSources.Add(completion => Names(completion, context, kind));
        return argument;
    }

    public static Option<T> Completes<T>(this Option<T> option, CommandContext context, Kind kind)
    {
        option.CompletionSources.Add(completion => Names(completion, context, kind));
        return option;
    }

    public static IEnumerable<CompletionItem> Names(CompletionContext completion, CommandContext context, Kind kind) =>
        Ask(completion, context, async (session, cancel) =>
            (await session.Server.ListAsync(kind, ResourceCommands.ProjectOf(session, kind), cancel))
            .Select(item => new CompletionItem(item.Text("name"))));

    /// <summary>Ids of the rules of the one that the line names before.</summary>
    public static IEnumerable<CompletionItem> RuleIds(
        CompletionContext completion, CommandContext context, Kind kind, Argument<string> name) =>
        completion.ParseResult.GetResult(name)?.Tokens is not [var token] ? []
        : Ask(completion, context, async (session, cancel) =>
            (await session.Server.GetAsync(kind, session.Project, token.Value, cancel)).Objects("rules")
            .Select(rule => new CompletionItem(rule.Text("id"), detail: Printer.RuleText(kind, rule))));

    /// <summary>Members of the load balancer that the line names before.</summary>
    public static IEnumerable<CompletionItem> Members(CompletionContext completion, CommandContext context, Argument<string> name) =>
        completion.ParseResult.GetResult(name)?.Tokens is not [var token] ? []
        : Ask(completion, context, async (session, cancel) =>
            (await session.Server.GetAsync(Kinds.LoadBalancer, session.Project, token.Value, cancel)).Objects("pools")
            .SelectMany(pool => pool.Objects("members")).Select(member => new CompletionItem(member.Text("port"))));

    public static IEnumerable<CompletionItem> Ask(
        CompletionContext completion, CommandContext context,
        Func<Session, CancellationToken, Task<IEnumerable<CompletionItem>>> ask) =>
        // The library asks for completions synchronously; nothing else runs in this process.
        TryAskAsync(completion.ParseResult, context, ask, CancellationToken.None).GetAwaiter().GetResult()
            .Where(item => item.Label.StartsWith(completion.WordToComplete, StringComparison.Ordinal));

    /// <summary>Nothing, when there is no answer in time.</summary>
    public static async Task<IReadOnlyList<T>> TryAskAsync<T>(
        ParseResult parsed, CommandContext context, Func<Session, CancellationToken, Task<IEnumerable<T>>> ask, CancellationToken cancel)
    {
        try
        {
            using var session = new Session(parsed, context.Options, context.Terminal);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(Patience);
            return [.. await ask(session, limit.Token)];
        }
        catch (Exception e) when (e is CliException or OperationCanceledException)
        {
            return [];
        }
    }
}
