using System.Text.Json.Nodes;
using Weft.Cli.Output;

namespace Weft.Cli.Commands;

/// <summary>
/// <c>weft agent</c>: what this host's agent and its vrouter know; for finding out why a packet does not pass.
/// </summary>
static class AgentCommands
{
    public static CliCommand Create(CommandContext context) =>
        new CliCommand("agent", "Look inside this host: attachments, drops, flows, records").With(
            Listing(context, "attachments", "List what is attached to networks on this host", "/v1/attachments",
                Attachments),
            Listing(context, "drops", "List packets that the vrouter refused, by interface and reason",
                "/v1/debug/drops", Drops),
            Outside(context),
            Listing(context, "flows", "List the connections of the flow table", "/v1/debug/flows", Flows),
            Status(context),
            Records(context));

    static readonly (string Heading, Func<JsonNode, string> Cell)[] Attachments =
    [
        ("NAME", item => item.Text("name")),
        ("PROJECT", item => item.Text("project")),
        ("NETWORK", item => item.Text("network")),
        ("STATE", item => item.Text("state")),
        ("ADDRESSES", item => string.Join(",", item.Objects("addresses").Select(address => address.Text("address")))),
        ("INTERFACE", item => item.Text("interface")),
        ("HOST SIDE", item => item.Text("hostInterface")),
        ("METHOD", item => item.Text("method")),
        ("TARGET", item => item.Text("target")),
        ("MESSAGE", item => item.Text("message")),
    ];

    static readonly (string Heading, Func<JsonNode, string> Cell)[] Drops =
    [
        ("INTERFACE", item => item.Text("interface")),
        ("REASON", item => item.Text("reason")),
        ("PACKETS", item => item.Text("packets")),
        ("BYTES", item => item.Text("bytes")),
        ("PORT", item => item.Text("port")),
    ];

    static readonly (string Heading, Func<JsonNode, string> Cell)[] Flows =
    [
        ("VNI", item => item.Text("vni")),
        ("PROTOCOL", item => ProtocolName(item.Number("protocol"))),
        ("SOURCE", item => item.Text("source")),
        ("DESTINATION", item => item.Text("destination")),
        ("ACTION", item => item.Text("action")),
        ("DROPPED BECAUSE", item => item.Text("dropReason")),
        ("PACKETS", item => item.Text("packets")),
        ("BYTES", item => item.Text("bytes")),
        ("IDLE", item =>
            $"{(item["idleSeconds"] is JsonValue idle && idle.TryGetValue<double>(out var s) ? s : 0):0.0}s"),
    ];

    static CliCommand Listing(
        CommandContext context, string name, string description, string path,
        (string Heading, Func<JsonNode, string> Cell)[] columns) =>
        new CliCommand(name, description, $"weft agent {name}\nweft agent {name} -o json")
            .Runs(context, async (session, cancel) =>
            {
                var body = (await session.Agent.SendAsync(HttpMethod.Get, path, null, cancel)).Body ?? new JsonArray();
                if (session.IsForPrograms)
                {
                    Printer.Document(session, body);
                    return;
                }
                var table = new Table([.. columns.Select(column => column.Heading)]);
                foreach (var item in (body as JsonArray ?? []).OfType<JsonObject>())
                    table.Add([.. columns.Select(column => column.Cell(item))]);
                table.Write(session.Out, session.Terminal.OutHasColors);
            });

    static CliCommand Outside(CommandContext context) =>
        new CliCommand("outside", "List uplinks, floating IPs that are answered for here, and what ports are outside", """
            weft agent outside
            weft agent outside -o json
            """)
            .Runs(context, async (session, cancel) =>
            {
                var (outside, _) = await session.Agent.SendAsync(HttpMethod.Get, "/v1/debug/outside", null, cancel);
                if (session.IsForPrograms)
                {
                    Printer.Document(session, outside!);
                    return;
                }
                WriteTable(session, outside!.Objects("uplinks"),
                    ("EXTERNAL NETWORK", item => item.Text("external")), ("UPLINK", item => item.Text("interface")),
                    ("OWN ADDRESSES", item => string.Join(",", (item["addresses"] as JsonArray ?? []).Select(address => address.Text()))),
                    ("ANSWERS FOR", item => item.Text("floatingIps")));
                WriteTable(session, outside!.Objects("floatingIps"),
                    ("FLOATING IP", item => item.Text("address")), ("NAME", item => item.Text("name")), ("EXTERNAL NETWORK", item => item.Text("external")),
                    ("LEADS TO", item => item.Text("leadsTo")), ("CONNECTIONS", item => item.Text("connections")));
                WriteTable(session, outside!.Objects("translations"),
                    ("NETWORK", item => item.Text("network")), ("INSIDE", item => item["inside"] is null ? "others" : item.Text("inside")),
                    ("EXTERNAL NETWORK", item => item.Text("external")), ("OUTSIDE", item => item.Text("address")),
                    ("PORTS", item => item["ports"] is null ? "its own" : item.Text("ports")), ("CONNECTIONS", item => item.Text("connections")));
            });

    /// <summary>Nothing for nothing; an empty line after it.</summary>
    static void WriteTable(Session session, IEnumerable<JsonNode> items, params (string Heading, Func<JsonNode, string> Cell)[] columns)
    {
        var table = new Table([.. columns.Select(column => column.Heading)]);
        var rows = items.ToList();
        foreach (var item in rows)
            table.Add([.. columns.Select(column => column.Cell(item))]);
        if (rows.Count == 0)
            return;
        table.Write(session.Out, session.Terminal.OutHasColors);
        session.Out.WriteLine();
    }

    static CliCommand Status(CommandContext context) =>
        new CliCommand("status", "Tell how this host's agent is", "weft agent status")
            .Runs(context, async (session, cancel) =>
            {
                var (status, _) = await session.Agent.SendAsync(HttpMethod.Get, "/v1/status", null, cancel);
                Printer.Fields(session, (JsonObject)status!);
            });

    static CliCommand Records(CommandContext context)
    {
        var actual = FieldOptions.Flag("--actual", "What is in the kernel, instead of what should be there");
        return new CliCommand("records", "Print the records of the vrouter's maps", """
            weft agent records
            weft agent records --actual
            """)
            .With(actual)
            .Runs(context, async (session, cancel) =>
            {
                var path = session.Value(actual) ? "/v1/debug/actual" : "/v1/debug/desired";
                var (records, _) = await session.Agent.SendAsync(HttpMethod.Get, path, null, cancel);
                if (session.IsForPrograms)
                    Printer.Document(session, records!);
                else
                    WriteRecords(session, records?["maps"] as JsonObject ?? []);
            });
    }

    static void WriteRecords(Session session, JsonObject maps)
    {
        foreach (var (map, lines) in maps)
        {
            session.Out.WriteLine($"{map}:");
            foreach (var line in lines as JsonArray ?? [])
                session.Out.WriteLine($"  {line.Text()}");
        }
    }

    static string ProtocolName(long number) => number switch
    {
        1 => "icmp",
        6 => "tcp",
        17 => "udp",
        58 => "icmpv6",
        132 => "sctp",
        _ => $"{number}",
    };
}
