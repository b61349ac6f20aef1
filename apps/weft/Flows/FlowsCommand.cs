using Weft.Cli.Commands;
using Weft.Cli.Output;

namespace Weft.Cli.Flows;

/// <summary><c>weft flows</c>: who talked to whom, from the server's record of every flow.</summary>
static class FlowsCommand
{
    const string Examples = """
        weft flows
        weft flows --follow --where 'verdict = denied'
        weft flows --since 1h --where 'destination.network = management and destination.port in (22, 514)'
        weft flows --since 1h --top bytes --by source.name,destination.name
        weft flows --since 1d --count-by reason,policy,rule --where 'verdict = denied'
        weft flows --since 2h --group-by destination.name --aggregate 'sum(bytes),p99(rtt)' --bucket 5m
        weft flows --since 7d --limit 100000 -o arrow > flows.arrow
        """;

    public static CliCommand Create(CommandContext context)
    {
        var options = new FlowOptions(context);
        return new CliCommand(
            "flows", "Show who talked to whom, what was denied and why: every flow is on record", Examples) { Formats = OutputFormats.OfRows }
            .With([.. options.All, Fields(context), Status(context)])
            .Runs(context, (session, cancel) => RunAsync(session, options.Query(session), session.Value(options.Follow), cancel));
    }

    static async Task RunAsync(Session session, FlowQuery query, bool follow, CancellationToken cancel)
    {
        if (session.Format is OutputFormat.Csv or OutputFormat.Arrow)
        {
            await CopyAsync(session, query, follow, cancel);
            return;
        }
        using var printer = FlowPrinter.For(session, query);
        if (!follow)
        {
            await printer.PrintAsync(session.Flows.QueryAsync(printer.Query, cancel), cancel);
            return;
        }
        try
        {
            await printer.FollowAsync(session.Flows.FollowAsync(printer.Query, cancel), cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Interrupting is how following ends.
        }
    }

    static async Task CopyAsync(Session session, FlowQuery query, bool follow, CancellationToken cancel)
    {
        var isArrow = session.Format == OutputFormat.Arrow;
        if (follow)
            throw CliException.Usage($"--follow does not go with -o {session.Format.Word()}", "-o ndjson does");
        if (isArrow && session.Terminal.OutIsTerminal)
            throw CliException.Usage("-o arrow is for files and programs, not for a terminal", "add '> flows.arrow'");
        await session.Out.FlushAsync(cancel);
        await session.Flows.CopyAsync(query, isArrow ? "application/vnd.apache.arrow.stream" : "text/csv", session.Terminal.OutBytes(), cancel);
    }

    static CliCommand Fields(CommandContext context) =>
        new CliCommand("fields", "List what a flow record says, and what can be asked for in filters and groups", """
            weft flows fields
            weft flows fields -o json
            """)
            .Runs(context, async (session, cancel) =>
            {
                var fields = await session.Flows.FieldsAsync(cancel);
                FlowFieldsWriter.Write(session, fields);
            });

    static CliCommand Status(CommandContext context) =>
        new CliCommand("status", "Tell how much is on record, what could not be told, and what to do about it; ends with 1 when something is wrong", """
            weft flows status
            weft flows status -o json
            """)
            .Runs(context, async (session, cancel) => FlowStatusWriter.Write(session, await session.Flows.StatusAsync(cancel)));
}
