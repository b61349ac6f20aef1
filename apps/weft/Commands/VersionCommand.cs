namespace Weft.Cli.Commands;

static class VersionCommand
{
    public static CliCommand Create(CommandContext context) =>
        new CliCommand("version", "Print the version of this program", "weft version")
            .Runs(context, (session, _) =>
            {
                session.Out.WriteLine($"weft {ProgramVersion.Full}");
                return Task.CompletedTask;
            });
}
