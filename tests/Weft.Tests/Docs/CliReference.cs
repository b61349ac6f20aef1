using System.CommandLine;
using System.Text;
using Weft.Cli;
using Weft.Cli.Commands;
using Weft.Tests.Cli;

namespace Weft.Tests.Docs;

/// <summary>Writes docs/reference/cli.md from the commands.</summary>
static class CliReference
{
    public static string Write()
    {
        var root = WeftCommand.Create(CliRun.Terminal(TextWriter.Null, TextWriter.Null));
        var text = new StringBuilder();
        text.Append(
            "# `weft`\n\nMade from the commands' own help; a test holds it to them.\n\n## Options of every command\n\n");
        Options(text, root.Options);
        text.Append("\n```text\n").Append(GlobalOptions.Environment).Append("\n\n").Append(ExitCodes.Help)
            .Append("\n```\n");
        foreach (var command in root.Subcommands)
            Section(text, command, "weft");
        return text.ToString();
    }

    static void Section(StringBuilder text, Command command, string path)
    {
        var name = $"{path} {command.Name}";
        if (command.Action is null)
            text.Append($"\n## {name}\n\n{command.Description}.\n");
        else
            Usage(text, command, path, name);
        foreach (var sub in command.Subcommands)
            Section(text, sub, name);
    }

    static void Usage(StringBuilder text, Command command, string path, string name)
    {
        text.Append($"\n{(path == "weft" ? "##" : "###")} {name}\n\n{command.Description}.\n\n```text\n{name}");
        foreach (var argument in command.Arguments)
            text.Append(Usage(argument));
        text.Append(command.Options.Count > 0 ? " [options]\n```\n\n" : "\n```\n\n");
        foreach (var argument in command.Arguments)
            text.Append($"- `{argument.HelpName ?? argument.Name}`: {argument.Description}\n");
        Options(text, command.Options);
        if (command is CliCommand { Examples.Length: > 0 } cli)
            text.Append(
                $"{(command.Arguments.Count + command.Options.Count > 0 ? "\n" : "")}```sh\n{cli.Examples}\n```\n");
    }

    static void Options(StringBuilder text, IEnumerable<Option> options)
    {
        foreach (var option in options)
        {
            var names = string.Join("`, `", [.. option.Aliases, option.Name]);
            var value = option.ValueType == typeof(bool) || option.HelpName is null ? "" : $" {option.HelpName}";
            text.Append($"- `{names}{value}`{(option.Required ? " (required)" : "")}: {option.Description}\n");
        }
    }

    static string Usage(Argument argument)
    {
        var name = argument.HelpName ?? argument.Name;
        var many = argument.Arity.MaximumNumberOfValues > 1 ? "..." : "";
        return argument.Arity.MinimumNumberOfValues == 0 ? $" [{name}{many}]" : $" {name}{many}";
    }
}
