using System.Text.Json.Nodes;
using Weft.Cli.Flows;
using Weft.Cli.Output;

namespace Weft.Cli.Commands;

/// <summary><c>weft status</c>: is all well, and if not, what is not.</summary>
static class StatusCommand
{
    public static CliCommand Create(CommandContext context) =>
        new CliCommand("status", "Tell how the server, this host's agent and the nodes are", """
            weft status
            weft status -o json
            """)
            .Runs(context, RunAsync);

    /// <summary>Fails when nothing answers, or when a node is away or has faults.</summary>
    static async Task<int> RunAsync(Session session, CancellationToken cancel)
    {
        var failures = new List<CliException>();
        var nodes = await TryAsync(() => session.Server.ListAsync(Kinds.Node, null, cancel), failures);
        var networks = nodes is null ? null
            : await TryAsync(() => session.Server.ListAsync(Kinds.Network, null, cancel), failures);
        var agent = await TryAsync(async () =>
            (await session.Agent.SendAsync(HttpMethod.Get, "/v1/status", null, cancel)).Body, failures);
        var flows = nodes is null ? null : await TryAsync(() => session.Flows.StatusAsync(cancel), []);
        if (nodes is null && agent is null)
            throw failures[0];
        if (session.IsForPrograms)
            WriteDocument(session, nodes, networks, agent, flows);
        else
            WriteText(session, nodes, networks, agent, flows, failures);
        return nodes is null || nodes.Any(HasTrouble) ? ExitCodes.Failure : ExitCodes.Ok;
    }

    static async Task<T?> TryAsync<T>(Func<Task<T>> ask, List<CliException> failures) where T : class?
    {
        try
        {
            return await ask();
        }
        catch (CliException e) when (e.ExitCode != ExitCodes.Usage)
        {
            failures.Add(e);
            return null;
        }
    }

    static bool HasTrouble(JsonObject node) =>
        !node["status"].Flag("connected") || node["status"]?["faults"] is JsonArray { Count: > 0 };

    static void WriteDocument(Session session, List<JsonObject>? nodes, List<JsonObject>? networks, JsonNode? agent, JsonObject? flows)
    {
        var document = new JsonObject
        {
            ["server"] = new JsonObject { ["address"] = session.Server.Endpoint.ToString(),
                ["reachable"] = nodes is not null },
            ["networks"] = networks?.Count,
            ["nodes"] = nodes is null ? null : new JsonArray([.. nodes.Select(node => node.DeepClone())]),
            ["agent"] = agent?.DeepClone(),
            ["flows"] = flows?.DeepClone(),
        };
        Printer.Document(session, document);
    }

    static void WriteText(
        Session session, List<JsonObject>? nodes, List<JsonObject>? networks, JsonNode? agent,
            JsonObject? flows, List<CliException> failures)
    {
        var table = new Table("", "");
        table.Add("Server", nodes is null ? "not reachable" : $"{session.Server.Endpoint}");
        if (nodes is not null)
            table.Add("Nodes", $"{nodes.Count}, {nodes.Count(node => node["status"].Flag("connected"))} connected");
        if (networks is not null)
            table.Add("Networks", $"{networks.Count}");
        table.Add("This host", agent is null ? "no agent answers" : AgentLine(agent));
        if (flows is not null)
            table.Add("Flows", FlowStatusWriter.Line(flows));
        if (agent?["flowRecords"] is JsonObject records)
            table.Add("Records here", RecordsLine(records));
        table.Write(session.Out, session.Terminal.OutHasColors, withHeadings: false);
        foreach (var failure in failures)
            session.Out.WriteLine($"  {failure.Message}");
        if (nodes is { Count: > 0 })
        {
            session.Out.WriteLine();
            Printer.TableOf(session, Kinds.Node, nodes, withProject: false)
                .Write(session.Out, session.Terminal.OutHasColors);
        }
        WriteTroubles(session, nodes ?? [], agent);
    }

    static string AgentLine(JsonNode agent) =>
        $"node {agent.Text("node")}, {(agent.Flag("connected") ? "connected" : "away from its server")}, "
        + $"{agent.Number("attachments")} ports attached"
        + string.Concat(agent.Objects("uplinks").Select(uplink =>
            $", uplink {uplink.Text("interface")} to {uplink.Text("external")}"
            + (uplink.Number("floatingIps") is var count and > 0 ? $" with {count} floating IPs" : "")))
        + (agent["unheardPeers"] is JsonArray { Count: > 0 } unheard
            ? $"; never answered on the fabric, so not watched: {string.Join(", ", unheard.Select(peer => peer.Text()))}" : "");

    static string RecordsLine(JsonNode records) =>
        $"{records.Number("recorded")} since the agent started, {Size(records.Number("waitingBytes"))} wait for the server"
        + (records.Text("refused") is { Length: > 0 } reason ? $", which stores nothing: {reason}" : "")
        + (records["losses"] is JsonObject { Count: > 0 } losses
            ? ", lost: " + string.Join(", ", losses.Select(loss => $"{loss.Value.Text()} {loss.Key}"))
            : "");

    static string Size(long bytes) => bytes switch
    {
        < 1 << 10 => $"{bytes} B",
        < 1 << 20 => $"{bytes >> 10} KiB",
        < 1 << 30 => $"{bytes >> 20} MiB",
        _ => $"{bytes >> 30} GiB",
    };

    static void WriteTroubles(Session session, List<JsonObject> nodes, JsonNode? agent)
    {
        var faults = nodes.SelectMany(node => Faults(node["status"]).Select(fault => $"{node.Text("name")}: {fault}"))
            .Concat(nodes.Count == 0 ? Faults(agent) : [])
            .ToList();
        var drops = nodes.SelectMany(node =>
            Kinds.Drops(node).Select(drop => (Node: node.Text("name"), drop.Reason, drop.Packets))).ToList();
        if (faults.Count > 0)
            session.Out.WriteLine("\nFaults:");
        foreach (var fault in faults)
            session.Out.WriteLine($"  {fault}");
        if (drops.Count == 0)
            return;
        session.Out.WriteLine();
        var table = new Table("NODE", "DROPPED BECAUSE", "PACKETS");
        foreach (var (node, reason, packets) in drops)
            table.Add(node, reason, $"{packets}");
        table.Write(session.Out, session.Terminal.OutHasColors);
    }

    static IEnumerable<string> Faults(JsonNode? status) =>
        status?["faults"] is JsonArray faults ? faults.Select(fault => fault.Text()) : [];
}
