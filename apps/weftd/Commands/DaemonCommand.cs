using System.CommandLine;
using Weft.Daemon.Startup;

namespace Weft.Daemon.Commands;

/// <summary>The command tree of <c>weftd</c>.</summary>
static class DaemonCommand
{
    public static RootCommand Create()
    {
        var options = new DaemonOptions();
        return new RootCommand("Weft's daemon: the server, the agent of a host, or both in one process.")
        {
            Command("up", "Server and agent in one process: the first host", [.. options.OfServer, .. options.OfAgent],
                (parsed, run) => run.UpAsync(options.ServerOf(parsed), parsed), options),
            Command("server", "The server alone: API, store, addresses", [.. options.OfServer],
                (parsed, run) => run.ServerAsync(options.ServerOf(parsed), parsed), options),
            Command("agent", "The agent alone: every other host", [options.Server, options.Token, .. options.OfAgent],
                (parsed, run) => run.AgentAsync(parsed), options),
            ProxyCommand.Create(options.Log),
        };
    }

    static Command Command(
        string name, string description, IEnumerable<Option> own,
        Func<ParseResult, DaemonRun, Task> start, DaemonOptions options)
    {
        var command = new Command(name, description);
        foreach (var option in options.OfBoth.Concat(own))
            command.Options.Add(option);
        command.SetAction((parsed, cancel) =>
            ToldAsync(async () =>
            {
                using var traces = Traces.Start(parsed.GetValue(options.Exports.Otlp));
                await start(parsed, new(options, parsed.GetValue(options.Log), cancel));
            }));
        return command;
    }

    /// <summary>Says why something does not start, in words.</summary>
    internal static async Task<int> ToldAsync(Func<Task> run)
    {
        try
        {
            await run();
            return 0;
        }
        catch (Exception e) when (StartupException.From(e) is { } known)
        {
            await Console.Error.WriteLineAsync($"weftd: {known.Message}");
            foreach (var detail in known.Details)
                await Console.Error.WriteLineAsync($"  {detail}");
            return 1;
        }
    }
}
