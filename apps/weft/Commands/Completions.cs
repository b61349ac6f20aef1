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

    public static IEnumerable<CompletionItem> Names(CompletionContext completion, CommandContext context, Kind kind)
    {
        try
        {
            using var session = new Session(completion.ParseResult, context.Options, context.Terminal);
            using var limit = new CancellationTokenSource(Patience);
            // The library asks for completions synchronously; nothing else runs in this process.
            var items = session.Server.ListAsync(kind, ResourceCommands.ProjectOf(session, kind), limit.Token)
                .GetAwaiter().GetResult();
            return items.Select(item => item.Text("name"))
                .Where(name => name.StartsWith(completion.WordToComplete, StringComparison.Ordinal))
                .Select(name => new CompletionItem(name));
        }
        catch (Exception e) when (e is CliException or OperationCanceledException)
        {
            return [];
        }
    }
}
