using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Weft.Cli.Commands;

/// <summary>
/// The library's help, then the command's examples; for <c>weft</c> itself also exit codes and environment.
/// </summary>
sealed class ExamplesHelp(HelpAction standard) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var command = parseResult.CommandResult.Command;
        var output = parseResult.InvocationConfiguration.Output;
        standard.Invoke(parseResult);
        if (command is CliCommand { Examples.Length: > 0 } cli)
            WriteIndented(output, "Examples:", cli.Examples);
        if (command is RootCommand)
        {
            output.WriteLine(GlobalOptions.Environment);
            output.WriteLine();
            output.WriteLine(ExitCodes.Help);
        }
        output.Flush();
        return ExitCodes.Ok;
    }

    static void WriteIndented(TextWriter output, string title, string text)
    {
        output.WriteLine(title);
        foreach (var line in text.Split('\n'))
            output.WriteLine($"  {line}".TrimEnd());
        output.WriteLine();
    }
}
