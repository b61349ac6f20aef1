using System.Text.Json.Nodes;

namespace Weft.Cli.Output;

/// <summary>How errors look: what, the faults one per line with their paths, what to do next.</summary>
static class ErrorOutput
{
    public static void Write(Terminal terminal, CliException error)
    {
        terminal.Out.Flush();
        var title = terminal.ErrorHasColors ? Style.Red("error:") : "error:";
        terminal.Error.WriteLine($"{title} {error.Message}");
        foreach (var fault in error.Faults)
        {
            // A text that the fault is in may stand below it.
            var message = fault.Message.ReplaceLineEndings("\n    ");
            terminal.Error.WriteLine(fault.Path.Length == 0 ? $"  {message}" : $"  {fault.Path}: {message}");
        }
        if (error.Hint is { } hint)
            terminal.Error.WriteLine($"hint: {hint}");
    }

    /// <summary>What the server says of a document that it took: valid, and perhaps not what was meant.</summary>
    /// <param name="what">The resource, for people.</param>
    public static void Warn(Terminal terminal, string what, JsonObject document)
    {
        terminal.Out.Flush();
        var title = terminal.ErrorHasColors ? Style.Yellow("warning:") : "warning:";
        foreach (var warning in document.Objects("warnings"))
        {
            var place = warning.Text("path") is { Length: > 0 } path ? $"{what}: {path}" : what;
            terminal.Error.WriteLine($"{title} {place}: {warning.Text("message")} ({warning.Text("code")})");
        }
    }
}
