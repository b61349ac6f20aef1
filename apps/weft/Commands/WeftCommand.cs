using System.CommandLine;
using System.CommandLine.Help;
using Weft.Cli.Documents;
using Weft.Cli.Flows;
using Weft.Cli.Output;
using Weft.Cli.Top;

namespace Weft.Cli.Commands;

/// <summary>The whole command tree.</summary>
static class WeftCommand
{
    const string Description = """
        Weft: virtual networks for containers across hosts.

        Talks to the server through its socket on this host, or to another server by URL and token.
        """;

    public static RootCommand Create(Terminal terminal) => Create(new CommandContext(terminal, new GlobalOptions()));

    static RootCommand Create(CommandContext context)
    {
        var root = new RootCommand(Description);
        context.Options.AddTo(root);
        foreach (var command in Commands(context))
            root.Subcommands.Add(command);
        var help = root.Options.OfType<HelpOption>().First();
        help.Action = new ExamplesHelp((HelpAction)help.Action!);
        // Not -?, /h and /?: shells take the first for a pattern, and the others are paths here.
        help.Aliases.Clear();
        help.Aliases.Add("-h");
        return root;
    }

    static Command[] Commands(CommandContext context) =>
    [
        StatusCommand.Create(context),
        ApplyCommand.Create(context),
        GetCommand.Create(context),
        DeleteCommand.Create(context),
        ProjectCommands.Create(context),
        NetworkCommands.Create(context),
        PortCommands.Create(context),
        PolicyCommands.Create(context),
        SecurityGroupCommands.Create(context),
        LoadBalancerCommands.Create(context),
        ExternalNetworkCommands.Create(context),
        FloatingIpCommands.Create(context),
        RouterCommands.Create(context),
        CertificateCommands.Create(context),
        FlowsCommand.Create(context),
        TopCommand.Create(context),
        ExplainCommand.Create(context),
        TraceCommand.Create(context),
        NodeCommands.Create(context),
        TokenCommands.Create(context),
        AgentCommands.Create(context),
        CompletionCommand.Create(context),
        VersionCommand.Create(context),
    ];

    /// <summary>Parses and runs; wrong usage ends with <see cref="ExitCodes.Usage"/> and says where help is.</summary>
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal, CancellationToken cancel = default)
    {
        var context = new CommandContext(terminal, new GlobalOptions());
        var root = Create(context);
        if (WhereCompletion.Of(root, arguments, context) is { } completion)
            return await completion.RunAsync(cancel);
        var parsed = root.Parse(arguments);
        if (parsed.Action is null or System.CommandLine.Invocation.ParseErrorAction)
            return Refuse(parsed, terminal);
        var code = await parsed.InvokeAsync(new() { Output = terminal.Out, Error = terminal.Error }, cancel);
        await terminal.Out.FlushAsync(CancellationToken.None);
        return code;
    }

    static int Refuse(ParseResult parsed, Terminal terminal)
    {
        var command = parsed.CommandResult.Command;
        var name = CommandPath(command);
        IEnumerable<string> errors =
            command.Subcommands.Count == 0 || command.Action is not null && parsed.UnmatchedTokens.Count == 0 ? parsed.Errors.Select(error => error.Message)
            : parsed.UnmatchedTokens is [var token, ..] ? [UnknownCommand(name, command, token)]
            : [$"'{name}' needs a command: {string.Join(", ", command.Subcommands.Select(sub => sub.Name))}"];
        foreach (var error in errors)
            ErrorOutput.Write(terminal, CliException.Usage(error));
        terminal.Error.WriteLine($"hint: see '{name} --help'");
        return ExitCodes.Usage;
    }

    static string UnknownCommand(string name, Command command, string token) =>
        Nearest.To(token, command.Subcommands.Select(sub => sub.Name)) is { } near
            ? $"'{token}' is not a command of '{name}'; did you mean '{near}'?"
            : $"'{token}' is not a command of '{name}'";

    static string CommandPath(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{CommandPath(parent)} {command.Name}"
            : "weft";
}
