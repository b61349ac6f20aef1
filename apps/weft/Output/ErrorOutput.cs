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
            terminal.Error.WriteLine(fault.Path.Length == 0 ? $"  {fault.Message}"
                : $"  {fault.Path}: {fault.Message}");
        if (error.Hint is { } hint)
            terminal.Error.WriteLine($"hint: {hint}");
    }
}
