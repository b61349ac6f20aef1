using System.CommandLine;
using Weft.Cli.Documents;
using Weft.Cli.Output;

namespace Weft.Cli.Commands;

/// <summary><c>weft apply</c>: makes what documents say, whether it exists or not.</summary>
static class ApplyCommand
{
    const string Examples = """
        weft apply -f networks.yaml
        weft apply -f manifests/ --project acme
        weft network show frontend -o yaml | weft apply -f -
        """;

    public static CliCommand Create(CommandContext context)
    {
        var files = Files();
        return new CliCommand("apply", "Create or change resources as documents say, YAML or JSON", Examples)
            .With(files)
            .Runs(context, (session, cancel) => ApplyAsync(session, session.Value(files)!, cancel));
    }

    public static Option<string[]> Files(bool required = true) => new("--file", "-f")
    {
        Description = "File, folder, or - for standard input; may be repeated",
        HelpName = "FILE",
        Required = required,
        Arity = ArgumentArity.OneOrMore,
    };

    static async Task ApplyAsync(Session session, string[] files, CancellationToken cancel)
    {
        var manifests = Manifests.From(DocumentReader.ReadAll(files, session.Terminal.In), session.GivenProject);
        if (manifests.Count == 0)
            throw new CliException(ExitCodes.Failure, "there is no document in the input",
                hint: "a document begins with 'kind:'");
        var failures = new FailureList();
        var seeded = new HashSet<Manifest>();
        foreach (var (manifest, seed) in Seeds.Of(manifests))
        {
            await failures.TryAsync(manifest.Source.Place, async () =>
            {
                if (await RevisionOfAsync(session, manifest, cancel) > 0)
                    return;
                await session.Server.PutAsync(manifest.Kind, seed, cancel);
                seeded.Add(manifest);
            });
        }
        failures.Throw("not everything was applied");
        foreach (var manifest in manifests)
            await failures.TryAsync(manifest.Source.Place, () => PutAsync(session, manifest, seeded.Contains(manifest), cancel));
        failures.Throw("not everything was applied");
    }

    static async Task PutAsync(Session session, Manifest manifest, bool seeded, CancellationToken cancel)
    {
        var before = await RevisionOfAsync(session, manifest, cancel);
        var (written, created) = await session.Server.PutAsync(manifest.Kind, manifest.Content, cancel);
        var verb = created || seeded ? "created" : written.Number("revision") == before ? "unchanged" : "updated";
        Printer.Done(session, manifest.Kind, written, verb);
    }

    static async Task<long> RevisionOfAsync(Session session, Manifest manifest, CancellationToken cancel)
    {
        try
        {
            return (await session.Server.GetAsync(manifest.Kind, manifest.Project, manifest.Name, cancel))
                .Number("revision");
        }
        catch (CliException e) when (e.ExitCode == ExitCodes.NotFound)
        {
            return 0;
        }
    }
}
