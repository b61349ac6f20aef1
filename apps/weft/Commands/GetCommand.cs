using System.CommandLine;
using System.CommandLine.Completions;
using Weft.Cli.Documents;
using Weft.Cli.Output;

namespace Weft.Cli.Commands;

/// <summary><c>weft get</c>: one command to read every kind.</summary>
static class GetCommand
{
    const string Examples = """
        weft get networks
        weft get ports --all-projects -o wide
        weft get network frontend -o yaml
        weft get nodes --watch
        """;

    public static CliCommand Create(CommandContext context)
    {
        var kind = KindArgument();
        var name = FieldOptions.Name("Name of one; all are listed when not given").CompletesOf(context, kind);
        name.Arity = ArgumentArity.ZeroOrOne;
        var all = FieldOptions.Flag("--all-projects", "Of all projects");
        all.Aliases.Add("-A");
        var watch = Watcher.Option();
        return new CliCommand("get", "List resources of a kind, or get one", Examples)
            .With(kind, name, all, watch)
            .Runs(context, (session, cancel) =>
                GetAsync(session, KindOf(session.Value(kind)!), session.Value(name), session.Value(all),
                    session.Value(watch), cancel));
    }

    static async Task GetAsync(Session session, Kind kind, string? name, bool all, bool watch, CancellationToken cancel)
    {
        if (name is null)
            await ResourceCommands.ListAsync(session, kind, all, watch, cancel);
        else if (watch)
            await Watcher.RunAsync(session, kind, ResourceCommands.ProjectOf(session, kind), name, cancel);
        else
        {
            var item = await session.Server.GetAsync(kind, ResourceCommands.ProjectOf(session, kind), name, cancel);
            if (session.IsForPrograms)
                Printer.Details(session, kind, item);
            else
                Printer.List(session, kind, [item]);
        }
    }

    public static Argument<string> KindArgument()
    {
        var argument = new Argument<string>("KIND")
        {
            HelpName = "KIND",
            Description = string.Join(", ", Kinds.All.Select(kind => kind.Name)) + "; plurals and short forms work too",
        };
        argument.CompletionSources.Add([.. Kinds.All.Select(kind => kind.Plural)]);
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Kinds.Find(token.Value) is null)
                result.AddError(Unknown(token.Value));
        });
        return argument;
    }

    public static Kind KindOf(string name) => Kinds.Find(name) ?? throw CliException.Usage(Unknown(name));

    /// <summary>Names of the kind that the line names before.</summary>
    public static Argument<T> CompletesOf<T>(this Argument<T> argument, CommandContext context, Argument<string> kind)
    {
        argument.CompletionSources.Add(completion => Names(completion, context, kind));
        return argument;
    }

    static IEnumerable<CompletionItem> Names(CompletionContext completion, CommandContext context,
        Argument<string> kind) =>
        completion.ParseResult.GetResult(kind)?.Tokens is [var token] && Kinds.Find(token.Value) is { } found
            ? Completions.Names(completion, context, found)
            : [];

    static string Unknown(string name)
    {
        var near = Nearest.To(name, Kinds.All.SelectMany(kind => kind.Names));
        return near is null
            ? $"'{name}' is not a kind; one of {string.Join(", ", Kinds.All.Select(kind => kind.Name))}"
            : $"'{name}' is not a kind; did you mean '{near}'?";
    }
}
