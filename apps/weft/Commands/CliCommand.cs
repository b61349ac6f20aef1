using System.CommandLine;
using Weft.Cli.Output;

namespace Weft.Cli.Commands;

/// <summary>A command with examples, which <c>--help</c> shows and a test parses.</summary>
sealed class CliCommand(string name, string description, string examples = "") : Command(name, description)
{
    /// <summary>Command lines that begin with <c>weft</c>, and comments after <c>#</c>.</summary>
    public string Examples { get; } = examples;

    /// <summary>What <c>--output</c> may be.</summary>
    public IReadOnlyList<OutputFormat> Formats { get; init; } = OutputFormats.OfResources;

    /// <summary>
    /// Ends with what <paramref name="run"/> returns, or with the code of the <see cref="CliException"/> it throws.
    /// </summary>
    public CliCommand Runs(CommandContext context, Func<Session, CancellationToken, Task<int>> run)
    {
        SetAction((parsed, cancel) => context.RunAsync(parsed, run, cancel));
        return this;
    }

    public CliCommand Runs(CommandContext context, Func<Session, CancellationToken, Task> run) =>
        Runs(context, async (session, cancel) =>
        {
            await run(session, cancel);
            return ExitCodes.Ok;
        });

    public CliCommand With(params ReadOnlySpan<Symbol> symbols)
    {
        foreach (var symbol in symbols)
        {
            switch (symbol)
            {
                case Argument argument:
                    Arguments.Add(argument);
                    break;
                case Option option:
                    Options.Add(option);
                    break;
                case Command command:
                    Subcommands.Add(command);
                    break;
                default:
                    throw new ArgumentException($"{symbol.Name} is not part of a command", nameof(symbols));
            }
        }
        return this;
    }
}

/// <summary>What all commands of one run share.</summary>
sealed record CommandContext(Terminal Terminal, GlobalOptions Options)
{
    public async Task<int> RunAsync(
        ParseResult parsed, Func<Session, CancellationToken, Task<int>> run, CancellationToken cancel)
    {
        try
        {
            using var session = new Session(parsed, Options, Terminal);
            session.CheckFormat();
            return await run(session, cancel);
        }
        catch (CliException e)
        {
            ErrorOutput.Write(Terminal, e);
            return e.ExitCode;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        finally
        {
            await Terminal.Out.FlushAsync(CancellationToken.None);
        }
    }
}
