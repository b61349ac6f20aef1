using System.CommandLine;
using System.Text.Json.Nodes;
using Weft.Cli.Commands;
using Weft.Cli.Output;

namespace Weft.Cli.Top;

/// <summary><c>weft top</c>: who talks to whom now.</summary>
static class TopCommand
{
    const string Examples = """
        weft top
        weft top --group rule --sort denied
        weft top --where 'any.network = management' --window 60
        weft top --once -o json
        """;

    public static CliCommand Create(CommandContext context)
    {
        var group = Words<TopGrouping>("--group", "What a row is: port, service, network or rule [default: port]");
        var sort = Words<TopOrder>("--sort", "Which rows are first: bytes, packets, connections or denied [default: bytes]");
        var where = FieldOptions.Text("--where", "Only what this is true of, as of 'weft flows'", "FILTER");
        var window = FieldOptions.Number("--window", "Rates are of so many seconds before now; 10 when not given", 5, 3600);
        var interval = FieldOptions.Number("--interval", "Seconds between two looks; 2 when not given", 1, 60);
        var once = FieldOptions.Flag("--once", "Print a table and end; so it is too where there is no terminal");
        return new CliCommand("top", "Show live who talks to whom, how much, and who is denied; keys sort, group and filter", Examples)
        {
            Formats = [OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml],
        }
        .With(group, sort, where, window, interval, once)
        .Runs(context, async (session, cancel) =>
        {
            var state = new TopState
            {
                Grouping = Parse<TopGrouping>(session.Value(group)),
                Order = Parse<TopOrder>(session.Value(sort)),
                Filter = session.Value(where) ?? "",
                Window = TimeSpan.FromSeconds(session.IsGiven(window) ? session.Value(window) : 10),
            };
            if (session.Value(once) || session.IsForPrograms || session.Terminal.Screen is not { } screen)
                await PrintAsync(session, state, cancel);
            else
                await new TopLoop(session, screen, TimeSpan.FromSeconds(session.IsGiven(interval) ? session.Value(interval) : 2)).RunAsync(state, cancel);
        });
    }

    static async Task PrintAsync(Session session, TopState state, CancellationToken cancel)
    {
        var rows = await TopLoop.AskAsync(session, state, cancel);
        if (session.IsForPrograms)
            Printer.Document(session, new JsonArray([.. rows.Select(Document)]));
        else
            TopScreen.Table(new(state, rows, "")).Write(session.Out, session.Terminal.OutHasColors);
    }

    static JsonObject Document(TopRow row) => new()
    {
        ["from"] = row.From,
        ["to"] = row.To,
        ["verdict"] = row.Denied ? "denied" : "allowed",
        ["because"] = row.Why,
        ["bytesPerSecond"] = row.BytesOut,
        ["replyBytesPerSecond"] = row.BytesIn,
        ["packetsPerSecond"] = row.PacketsOut,
        ["replyPacketsPerSecond"] = row.PacketsIn,
        ["connectionsPerSecond"] = row.Connections,
    };

    static Option<string> Words<T>(string name, string description) where T : struct, Enum =>
        FieldOptions.Text(name, description, "WORD").AcceptOnlyFromAmong([.. Enum.GetNames<T>().Select(word => word.ToLowerInvariant())]);

    static T Parse<T>(string? word) where T : struct, Enum => word is null ? default : Enum.Parse<T>(word, ignoreCase: true);
}
