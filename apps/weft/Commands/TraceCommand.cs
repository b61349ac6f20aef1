using Weft.Cli.Output;

namespace Weft.Cli.Commands;

/// <summary><c>weft trace</c>: a packet through the real vrouters, and what each of them decides.</summary>
static class TraceCommand
{
    const string Examples = """
        weft trace --from web-1 --to syslog-1 --protocol udp --port 514
        weft trace --from web-1 --to 10.3.0.10 --to-network management --port 22
        weft trace --from web-1 --to 198.51.100.7 --to-external internet --port 443
        weft trace --from web-1 --to db-1 --protocol icmp -o yaml
        """;

    public static CliCommand Create(CommandContext context)
    {
        var connection = new ConnectionOptions(context);
        return new CliCommand(
            "trace",
            "Send a packet through the vrouters and tell what each decides; it is never delivered; ends with 6 when it would not be",
            Examples)
            .With(connection.All)
            .Runs(context, async (session, cancel) =>
            {
                var answer = await session.Server.TraceAsync(connection.Question(session), cancel);
                if (session.IsForPrograms)
                    Printer.Document(session, answer);
                else
                    TraceWriter.Write(session, answer);
                return answer.Text("verdict") == "allowed" ? ExitCodes.Ok : ExitCodes.Refused;
            });
    }
}
