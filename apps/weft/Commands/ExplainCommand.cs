using Weft.Cli.Output;

namespace Weft.Cli.Commands;

/// <summary><c>weft explain</c>: why a connection passes or not, and what would have to change.</summary>
static class ExplainCommand
{
    const string Examples = """
        weft explain --from web-1 --to syslog-1 --protocol udp --port 514
        weft explain --from web-1 --to acme/api-1 --port 443
        weft explain --from web-1 --to 10.3.0.10 --to-network management --port 22
        weft explain --from 198.51.100.7 --from-external internet --to web-1 --port 443
        weft explain --from web-1 --to db-1 --protocol icmp --icmp-type echo-request -o yaml
        """;

    public static CliCommand Create(CommandContext context)
    {
        var connection = new ConnectionOptions(context);
        return new CliCommand(
            "explain", "Tell why a connection passes or not, and what would have to change; ends with 6 when it does not pass", Examples)
            .With(connection.All)
            .Runs(context, async (session, cancel) =>
            {
                var answer = await session.Server.ExplainAsync(connection.Question(session), cancel);
                if (session.IsForPrograms)
                    Printer.Document(session, answer);
                else
                    ExplanationWriter.Write(session, answer);
                return answer.Text("verdict") == "allowed" ? ExitCodes.Ok : ExitCodes.Refused;
            });
    }
}
