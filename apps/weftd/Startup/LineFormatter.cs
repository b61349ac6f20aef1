using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Weft.Daemon.Startup;

/// <summary>One line for each message: time, level, part, text; what an exception says follows on the same line.</summary>
sealed class LineFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "weft";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        var now = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        var part = entry.Category[(entry.Category.LastIndexOf('.') + 1)..];
        var text = entry.Formatter(entry.State, entry.Exception).ReplaceLineEndings(" ");
        output.WriteLine($"{now} {Word(entry.LogLevel)} {part}: {text}{Cause(entry)}");
    }

    /// <summary>The whole trace for errors, which somebody must look into; the cause in words for the rest.</summary>
    static string Cause<TState>(in LogEntry<TState> entry) =>
        entry.Exception is null ? ""
        : entry.LogLevel >= LogLevel.Error ? $": {entry.Exception.ToString().ReplaceLineEndings(" | ")}"
        : $": {entry.Exception.Message.ReplaceLineEndings(" ")}";

    static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        LogLevel.Error => "error",
        _ => "fatal",
    };
}
