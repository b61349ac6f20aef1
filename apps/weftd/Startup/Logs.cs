using Microsoft.Extensions.Logging.Console;

namespace Weft.Daemon.Startup;

/// <summary>One line for each message: with the time on a console, with syslog's levels under systemd.</summary>
static class Logs
{
    public static void Add(ILoggingBuilder logging, LogLevel level)
    {
        logging.SetMinimumLevel(level);
        logging.AddFilter("Microsoft", level < LogLevel.Information ? LogLevel.Information : LogLevel.Warning);
        // Failures to start are told once, by Program.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        if (Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 })
            logging.AddSystemdConsole();
        else
            logging.AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffzzz ";
                options.ColorBehavior = Console.IsOutputRedirected
                    || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 }
                    ? LoggerColorBehavior.Disabled
                    : LoggerColorBehavior.Enabled;
            });
    }
}
