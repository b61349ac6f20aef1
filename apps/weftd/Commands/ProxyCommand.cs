using System.CommandLine;
using Weft.Daemon.Startup;
using Weft.Proxy;

namespace Weft.Daemon.Commands;

/// <summary><c>weftd proxy</c>: started by the agent, which it outlives.</summary>
static class ProxyCommand
{
    /// <summary>The proxy's lock in its folder: who can take it knows that no proxy runs.</summary>
    internal const string Role = "proxy";

    const int LockTries = 20;
    static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(50);

    public static Command Create(Option<LogLevel> log)
    {
        var state = new Option<string>("--state")
        {
            Description = "Folder with a file for each load balancer; what becomes of them is told in status below it",
            HelpName = "DIR",
            Required = true,
        };
        var command = new Command("proxy", "HTTP and HTTPS listeners of load balancers on this host; the agent starts it when there are any")
        {
            state,
            log,
        };
        command.SetAction((parsed, cancel) => DaemonCommand.ToldAsync(() =>
            RunAsync(Path.GetFullPath(parsed.GetValue(state)!), parsed.GetValue(log), cancel)));
        return command;
    }

    /// <summary>An agent that looks whether a proxy runs holds the lock for a moment.</summary>
    static async Task<InstanceLock> TakeAsync(string state, CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return InstanceLock.Take(state, Role);
            }
            catch (StartupException) when (tries < LockTries)
            {
                await Task.Delay(LockPause, cancel);
            }
        }
    }

    static async Task RunAsync(string state, LogLevel level, CancellationToken cancel)
    {
        using var taken = await TakeAsync(state, cancel);
        await ProxyServer.RunAsync(new() { StateDirectory = state }, logging => Logs.Add(logging, level), cancel);
    }
}
