using System.CommandLine;
using System.Text.Json.Nodes;
using Weft.Cli.Output;

namespace Weft.Cli.Commands;

/// <summary>What all kinds have in common: <c>list</c>, <c>show</c>, <c>delete</c>, and labels.</summary>
static class ResourceCommands
{
    public static CliCommand Group(Kind kind, string description, params ReadOnlySpan<Symbol> commands)
    {
        var group = new CliCommand(kind.Name, description).With(commands);
        group.Aliases.Add(kind.Plural);
        return group;
    }

    public static CliCommand List(CommandContext context, Kind kind)
    {
        var all = FieldOptions.Flag("--all-projects", "Of all projects");
        all.Aliases.Add("-A");
        var watch = Watcher.Option();
        var list = new CliCommand("list", $"List {kind.Plural.Replace('-', ' ')}",
            $"weft {kind.Name} list\nweft {kind.Name} list -o wide").With(watch);
        list.Aliases.Add("ls");
        if (kind.IsOwned)
            list.Options.Add(all);
        return list.Runs(context, (session, cancel) =>
            ListAsync(session, kind, session.Value(all), session.Value(watch), cancel));
    }

    public static async Task ListAsync(Session session, Kind kind, bool allProjects, bool watch,
        CancellationToken cancel)
    {
        var project = kind.IsOwned && !allProjects ? session.Project : null;
        if (watch)
        {
            await Watcher.RunAsync(session, kind, project, null, cancel);
            return;
        }
        var items = await session.Terminal.WithProgressAsync(
            $"Listing {kind.Plural}", session.Server.ListAsync(kind, project, cancel), cancel);
        Printer.List(session, kind, items, withProject: kind.IsOwned && allProjects);
        if (items.Count == 0 && session.Terminal.ErrorIsInteractive && !session.IsForPrograms)
            session.Terminal.Error.WriteLine(
                project is null ? $"There are no {kind.Plural}." : $"There are no {kind.Plural} in project {project}.");
    }

    public static CliCommand Show(CommandContext context, Kind kind)
    {
        var name = FieldOptions.Name($"Name of the {kind.Title}").Completes(context, kind);
        return new CliCommand("show", $"Show everything about one {kind.Title}",
            $"weft {kind.Name} show {Example(kind)}\nweft {kind.Name} show {Example(kind)} -o yaml")
            .With(name)
            .Runs(context, async (session, cancel) =>
                Printer.Details(session, kind,
                    await session.Server.GetAsync(kind, ProjectOf(session, kind), session.Value(name)!, cancel)));
    }

    public static CliCommand Delete(CommandContext context, Kind kind)
    {
        var names = FieldOptions.Names($"Names of what to delete").Completes(context, kind);
        var delete = new CliCommand("delete", $"Delete {kind.Plural.Replace('-', ' ')}", $"weft {kind.Name} delete {Example(kind)}")
            .With(names);
        delete.Aliases.Add("rm");
        return delete.Runs(context, (session, cancel) => DeleteAsync(session, kind, session.Value(names)!, cancel));
    }

    /// <summary>Deletes all that can be deleted; the rest is told at the end, with the gravest exit code.</summary>
    public static async Task DeleteAsync(
        Session session, Kind kind, IEnumerable<string> names, CancellationToken cancel, string query = "")
    {
        var failures = new FailureList();
        foreach (var name in names)
        {
            await failures.TryAsync($"{kind.Name}/{name}", async () =>
            {
                await session.Server.DeleteAsync(kind, ProjectOf(session, kind), name, cancel, query);
                session.Out.WriteLine(session.Format == OutputFormat.Name ? $"{kind.Name}/{name}"
                    : $"{kind.Name}/{name} deleted");
            });
        }
        failures.Throw("not deleted");
    }

    public static async Task CreateAsync(Session session, Kind kind, JsonObject document, CancellationToken cancel)
    {
        var created = await session.Server.CreateAsync(kind, document, cancel);
        Printer.Done(session, kind, created, "created");
    }

    /// <summary>Reads, changes, and writes unless somebody else wrote in between.</summary>
    public static async Task UpdateAsync(
        Session session, Kind kind, string name, Action<JsonObject> change, CancellationToken cancel)
    {
        var before = await session.Server.GetAsync(kind, ProjectOf(session, kind), name, cancel);
        var after = (JsonObject)before.DeepClone();
        change(after);
        if (JsonNode.DeepEquals(before, after))
        {
            Printer.Done(session, kind, before, "unchanged");
            return;
        }
        after.Remove("status");
        var (written, _) = await session.Server.PutAsync(kind, after, cancel, before.Number("revision"));
        Printer.Done(session, kind, written, "updated");
    }

    public static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)JsonValue.Create(text))]);

    public static void ChangeLabels(JsonObject document, KeyValuePair<string, string>[]? set, string[]? remove)
    {
        if (set is null or [] && remove is null or [])
            return;
        var labels = document["labels"] as JsonObject ?? [];
        foreach (var (key, value) in set ?? [])
            labels[key] = value;
        foreach (var key in remove ?? [])
            labels.Remove(key);
        document["labels"] = labels.Count > 0 ? labels.DeepClone() : null;
    }

    public static IReadOnlyDictionary<string, string>? Labels(KeyValuePair<string, string>[]? given)
    {
        if (given is null or [])
            return null;
        var labels = new Dictionary<string, string>();
        foreach (var (key, value) in given)
            labels[key] = value;
        return labels;
    }

    public static string? ProjectOf(Session session, Kind kind) => kind.IsOwned ? session.Project : null;

    static string Example(Kind kind) => kind.Name switch
    {
        Model.Resources.Project.KindName => "acme",
        Model.Resources.Network.KindName => "frontend",
        Model.Resources.Port.KindName => "web-1",
        Model.Resources.Node.KindName => "host-1",
        Model.Resources.Token.KindName => "pipeline",
        Model.Resources.Policy.KindName => "logs",
        Model.Resources.SecurityGroup.KindName => "web",
        Model.Resources.LoadBalancer.KindName => "web",
        Model.Resources.ExternalNetwork.KindName => "internet",
        Model.Resources.FloatingIp.KindName => "web",
        Model.Resources.Router.KindName => "r1",
        Model.Resources.Certificate.KindName => "shop",
        _ => "10.1.0.5",
    };
}
