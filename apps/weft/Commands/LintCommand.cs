using System.CommandLine;
using Weft.Cli.Output;

namespace Weft.Cli.Commands;

/// <summary><c>weft policy lint</c>: what is valid and probably not meant.</summary>
static class LintCommand
{
    public static CliCommand Create(CommandContext context)
    {
        var name = FieldOptions.Name("Name of one; all policies and security groups of the project when not given").Completes(context, Kinds.Policy);
        name.Arity = ArgumentArity.ZeroOrOne;
        return new CliCommand("lint", "Find rules that are valid and probably not meant; ends with 1 when there are any", """
            weft policy lint
            weft policy lint logs
            """)
            .With(name)
            .Runs(context, (session, cancel) => RunAsync(session, session.Value(name), cancel));
    }

    static async Task<int> RunAsync(Session session, string? name, CancellationToken cancel)
    {
        var answer = await session.Server.LintAsync(session.Project, name, cancel);
        var warnings = answer.Objects("warnings").ToList();
        if (session.IsForPrograms)
            Printer.Document(session, answer);
        else if (warnings.Count == 0)
            session.Out.WriteLine("nothing found");
        else
        {
            var table = new Table("NAME", "PLACE", "CODE", "MESSAGE");
            foreach (var warning in warnings)
                table.Add($"{warning.Text("kind")}/{warning.Text("name")}", warning.Text("path"), warning.Text("code"), warning.Text("message"));
            table.Write(session.Out, session.Terminal.OutHasColors);
        }
        return warnings.Count == 0 ? ExitCodes.Ok : ExitCodes.Failure;
    }
}
