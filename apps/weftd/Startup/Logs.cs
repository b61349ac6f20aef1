using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;

namespace Weft.Daemon.Startup;

/// <summary>One line for each message: with time and level on a console, with syslog's levels under systemd.</summary>
static class Logs
{
    public static void Add(ILoggingBuilder logging, LogLevel level)
    {
        logging.SetMinimumLevel(level);
        logging.AddFilter("Microsoft", Framework(level));
        // Calls that end with an error are answered with it, and told by the services where that matters.
        logging.AddFilter("Grpc", Framework(level));
        // Failures to start are told once, by DaemonCommand.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        if (Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 })
        {
            logging.AddSystemdConsole();
            return;
        }
        logging.Services.TryAddSingleton(TimeProvider.System);
        logging.Services.AddSingleton<ConsoleFormatter, LineFormatter>();
        logging.AddConsole(options => options.FormatterName = LineFormatter.FormatterName);
    }

    static LogLevel Framework(LogLevel level) => level < LogLevel.Information ? LogLevel.Information : LogLevel.Warning;
}
