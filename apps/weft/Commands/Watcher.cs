using System.CommandLine;
using System.Text.Json.Nodes;
using Weft.Cli.Connection;
using Weft.Cli.Documents;
using Weft.Cli.Output;

namespace Weft.Cli.Commands;

/// <summary><c>--watch</c>: a line, or a document, for each thing there is and then for each change.</summary>
sealed class Watcher
{
    readonly Session session;
    readonly Kind kind;
    readonly List<Column> columns;
    readonly Table table;

    Watcher(Session session, Kind kind, bool withProject)
    {
        this.session = session;
        this.kind = kind;
        columns = Printer.Columns(session, kind, withProject);
        table = new(["CHANGE", .. columns.Select(column => column.Heading)]);
    }

    public static Option<bool> Option()
    {
        var watch = FieldOptions.Flag("--watch", "Go on and print every change, until interrupted");
        watch.Aliases.Add("-w");
        return watch;
    }

    /// <param name="project">Null: all of them.</param>
    /// <param name="name">Null: all of the kind.</param>
    public static async Task RunAsync(Session session, Kind kind, string? project, string? name,
        CancellationToken cancel)
    {
        var watcher = new Watcher(session, kind, withProject: kind.IsOwned && project is null);
        try
        {
            await foreach (var line in session.Server.WatchAsync(kind, project, cancel))
            {
                if (WatchEvent.From(line) is { } change && (name is null || change.Document.Text("name") == name))
                {
                    watcher.Print(line, change);
                    await session.Out.FlushAsync(cancel);
                }
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Interrupting is how a watch ends.
        }
    }

    void Print(JsonNode line, WatchEvent change)
    {
        switch (session.Format)
        {
            case OutputFormat.Json:
                session.Out.WriteLine(line.ToJsonString());
                break;
            case OutputFormat.Yaml:
                session.Out.WriteLine("---");
                YamlWriter.Write(session.Out, [line]);
                break;
            case OutputFormat.Name:
                session.Out.WriteLine($"{kind.Name}/{change.Document.Text("name")}");
                break;
            default:
                table.Add([change.Type,
                    .. columns.Select(column => column.Cell(change.Document, session.Terminal.Time))]);
                table.Write(session.Out, session.Terminal.OutHasColors);
                break;
        }
    }
}
