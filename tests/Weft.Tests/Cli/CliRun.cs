using Weft.Cli.Commands;
using Weft.Cli.Output;

namespace Weft.Tests.Cli;

/// <summary>One run of <c>weft</c> in this process, with what it printed.</summary>
sealed record CliRun(int ExitCode, string Out, string Error)
{
    /// <summary>A socket that is never there, so that no test talks to a server of the machine.</summary>
    public const string NoSocket = "/nonexistent/weft.sock";

    public static async Task<CliRun> OfAsync(
        string[] arguments, string input = "", IReadOnlyDictionary<string, string>? environment = null,
        CancellationToken cancel = default)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var terminal = Terminal(output, error, input, environment);
        var code = await WeftCommand.RunAsync(arguments, terminal, cancel);
        return new(code, output.ToString(), error.ToString());
    }

    public static Terminal Terminal(
        TextWriter output, TextWriter error, string input = "", IReadOnlyDictionary<string,
            string>? environment = null) => new()
        {
            Out = output,
            Error = error,
            In = new StringReader(input),
            Environment = name => environment?.GetValueOrDefault(name)
                ?? (name is "WEFT_SERVER" or "WEFT_AGENT_SOCKET" ? NoSocket : null),
        };
}
