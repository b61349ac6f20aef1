using System.CommandLine;
using System.Text.Json.Nodes;
using Weft.Cli.Output;
using Weft.Model.Addressing;
using Weft.Model.Rules;

namespace Weft.Cli.Commands;

/// <summary><c>weft explain</c>: why a connection passes or not, and what would have to change.</summary>
static class ExplainCommand
{
    const string Examples = """
        weft explain --from web-1 --to syslog-1 --protocol udp --port 514
        weft explain --from web-1 --to acme/api-1 --port 443
        weft explain --from web-1 --to 10.3.0.10 --to-network management --port 22
        weft explain --from web-1 --to db-1 --protocol icmp --icmp-type echo-request -o yaml
        """;

    public static CliCommand Create(CommandContext context)
    {
        var from = Side(context, "--from", "Who opens the connection");
        var to = Side(context, "--to", "Who is to accept it");
        var fromNetwork = Network(context, "--from-network");
        var toNetwork = Network(context, "--to-network");
        var protocol = FieldOptions.Text("--protocol", "Name or number [default: tcp]", "PROTOCOL");
        protocol.CompletionSources.Add([.. IpProtocols.Names]);
        var port = FieldOptions.Number("--port", "Destination port; needed for protocols that have ports", 1, 65535);
        var sourcePort = FieldOptions.Number("--source-port", "Source port; any when not given", 1, 65535);
        var type = FieldOptions.Text("--icmp-type", "Name or number, for icmp and icmpv6 [default: echo-request]", "TYPE");
        type.CompletionSources.Add([.. IcmpTypes.Names(IpProtocols.Icmp).Union(IcmpTypes.Names(IpProtocols.IcmpV6))]);
        return new CliCommand(
            "explain", "Tell why a connection passes or not, and what would have to change; ends with 6 when it does not pass", Examples)
            .With(from, to, fromNetwork, toNetwork, protocol, port, sourcePort, type)
            .Runs(context, async (session, cancel) =>
            {
                var question = new JsonObject
                {
                    ["project"] = session.Project,
                    ["from"] = SideOf(session.Value(from)!, session.Value(fromNetwork)),
                    ["to"] = SideOf(session.Value(to)!, session.Value(toNetwork)),
                    ["protocol"] = session.Value(protocol) ?? "tcp",
                    ["port"] = session.IsGiven(port) ? session.Value(port) : null,
                    ["sourcePort"] = session.IsGiven(sourcePort) ? session.Value(sourcePort) : null,
                    ["icmpType"] = session.Value(type),
                };
                var answer = await session.Server.ExplainAsync(question, cancel);
                if (session.IsForPrograms)
                    Printer.Document(session, answer);
                else
                    ExplanationWriter.Write(session, answer);
                return answer.Text("verdict") == "allowed" ? ExitCodes.Ok : ExitCodes.Refused;
            });
    }

    static Option<string> Side(CommandContext context, string name, string what) => new Option<string>(name)
    {
        Description = $"{what}: a port, PROJECT/PORT of another project, or an address",
        HelpName = "PORT",
        Required = true,
    }.Completes(context, Kinds.Port);

    static Option<string> Network(CommandContext context, string name) => new Option<string>(name)
    {
        Description = "Network of the address, or PROJECT/NETWORK; found by its prefix when not given",
        HelpName = "NETWORK",
    }.Completes(context, Kinds.Network);

    static JsonObject SideOf(string text, string? network)
    {
        var isAddress = AddressMath.TryParse(text, out _);
        return new() { [isAddress ? "address" : "port"] = text, ["network"] = network };
    }
}
