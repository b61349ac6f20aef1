using Weft.Cli.Documents;
using Weft.Cli.Output;

namespace Weft.Cli.Commands;

/// <summary><c>weft delete</c>: by kind and name, or what documents say.</summary>
static class DeleteCommand
{
    const string Examples = """
        weft delete network frontend backend
        weft delete port web-1 --project acme
        weft delete -f networks.yaml
        """;

    public static CliCommand Create(CommandContext context)
    {
        var kind = GetCommand.KindArgument();
        kind.Arity = System.CommandLine.ArgumentArity.ZeroOrOne;
        var names = FieldOptions.Names("Names of what to delete").CompletesOf(context, kind);
        names.Arity = System.CommandLine.ArgumentArity.ZeroOrMore;
        var files = ApplyCommand.Files(required: false);
        var delete = new CliCommand("delete", "Delete resources by kind and name, or those of documents", Examples)
            .With(kind, names, files);
        delete.Validators.Add(result =>
        {
            var byFile = result.GetValue(files) is { Length: > 0 };
            var byName = result.GetValue(kind) is not null;
            if (byFile == byName)
                result.AddError("say what to delete: either KIND and NAME, or -f FILE");
            else if (byName && result.GetValue(names) is not { Length: > 0 })
                result.AddError("say which: give at least one NAME");
        });
        return delete.Runs(context, (session, cancel) => session.Value(files) is { Length: > 0 } given
            ? DeleteFilesAsync(session, given, cancel)
            : ResourceCommands.DeleteAsync(session, GetCommand.KindOf(session.Value(kind)!), session.Value(names)!,
                cancel));
    }

    static async Task DeleteFilesAsync(Session session, string[] files, CancellationToken cancel)
    {
        var manifests = Manifests.From(DocumentReader.ReadAll(files, session.Terminal.In), session.GivenProject);
        await ClearDefaultsAsync(session, manifests, cancel);
        var failures = new FailureList();
        var left = Enumerable.Reverse(manifests).ToList();
        // What is still named by one of the others goes once that is gone.
        for (var before = int.MaxValue; left.Count > 0 && left.Count < before;)
        {
            before = left.Count;
            failures = new();
            var refused = new List<Manifest>();
            foreach (var manifest in left)
            {
                await failures.TryAsync(manifest.Source.Place, async () =>
                {
                    refused.Add(manifest);
                    await DeleteAsync(session, manifest, cancel);
                    refused.Remove(manifest);
                });
            }
            left = refused;
        }
        failures.Throw("not everything was deleted");
    }

    /// <summary>A project that goes too does not keep its default group.</summary>
    static async Task ClearDefaultsAsync(Session session, List<Manifest> manifests, CancellationToken cancel)
    {
        foreach (var manifest in manifests.Where(manifest => manifest.Kind == Kinds.Project && manifests.Exists(other =>
            other.Kind == Kinds.SecurityGroup && other.Project == manifest.Name)))
        {
            try
            {
                var project = await session.Server.GetAsync(Kinds.Project, null, manifest.Name, cancel);
                if (project.Remove("defaultSecurityGroup"))
                    await session.Server.PutAsync(Kinds.Project, project, cancel, project.Number("revision"));
            }
            catch (CliException e) when (e.ExitCode == ExitCodes.NotFound)
            {
                // It is gone, as the user wants it.
            }
        }
    }

    /// <summary>What is gone already is as the user wants it.</summary>
    static async Task DeleteAsync(Session session, Manifest manifest, CancellationToken cancel)
    {
        var verb = "deleted";
        try
        {
            await session.Server.DeleteAsync(manifest.Kind, manifest.Project, manifest.Name, cancel);
        }
        catch (CliException e) when (e.ExitCode == ExitCodes.NotFound)
        {
            verb = "was not there";
        }
        session.Out.WriteLine(
            session.Format == OutputFormat.Name ? $"{manifest.Kind.Name}/{manifest.Name}"
                : $"{manifest.Kind.Name}/{manifest.Name} {verb}");
    }
}
