using System.CommandLine;
using Weft.Cli.Commands;

namespace Weft.Tests.Cli;

/// <summary>Holds for every command there is, so that a new one cannot forget it.</summary>
public sealed class CommandTreeTests
{
    static readonly RootCommand Root = WeftCommand.Create(CliRun.Terminal(TextWriter.Null, TextWriter.Null));

    static IEnumerable<Command> Leaves(Command command) =>
        [.. command.Subcommands.Count == 0 || command.Action is not null && command is CliCommand ? (Command[])[command] : [],
            .. command.Subcommands.SelectMany(Leaves)];

    [Fact]
    public void Every_command_has_examples_in_its_help() =>
        Assert.All(Leaves(Root), command => Assert.NotEqual("", Assert.IsType<CliCommand>(command).Examples));

    [Fact]
    public void Every_example_is_a_command_line_that_parses()
    {
        foreach (var line in Leaves(Root).OfType<CliCommand>().SelectMany(command => command.Examples.Split('\n')))
            CommandLines.AssertParses(Root, line);
    }

    [Fact]
    public void Every_example_is_of_its_own_command()
    {
        foreach (var command in Leaves(Root).OfType<CliCommand>())
            Assert.All(command.Examples.Split('\n'), line =>
                Assert.Same(command, CommandLines.Weft(line).Select(words => Root.Parse(words).CommandResult.Command)
                    .Last()));
    }

    [Fact]
    public void Every_command_option_and_argument_is_described()
    {
        foreach (var command in Leaves(Root))
        {
            Assert.False(string.IsNullOrEmpty(command.Description), command.Name);
            Assert.All(command.Options, option =>
                Assert.False(string.IsNullOrEmpty(option.Description), $"{command.Name} {option.Name}"));
            Assert.All(command.Arguments, argument =>
                Assert.False(string.IsNullOrEmpty(argument.Description), $"{command.Name} {argument.Name}"));
        }
    }
}
