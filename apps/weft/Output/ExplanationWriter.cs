using System.Text.Json.Nodes;
using Weft.Cli.Commands;

namespace Weft.Cli.Output;

/// <summary>An explanation for people: the answer first, then what it rests on, then what would change it.</summary>
static class ExplanationWriter
{
    public static void Write(Session session, JsonObject answer)
    {
        var colors = session.Terminal.OutHasColors;
        var verdict = answer.Text("verdict").Replace('-', ' ');
        session.Out.WriteLine(colors ? Style.OfState(verdict) : verdict);
        session.Out.WriteLine($"  {answer.Text("summary")}");
        session.Out.WriteLine();
        var sides = new Table("", "PORT", "ADDRESS", "NETWORK", "NODE", "GROUPS", "LABELS");
        AddSide(sides, "from", answer["from"]);
        AddSide(sides, "to", answer["to"]);
        sides.Write(session.Out, colors);
        session.Out.WriteLine();
        var facts = new Table("FIELD", "VALUE");
        facts.Add("traffic", Traffic(answer["traffic"]));
        facts.Add("route", answer["route"].Text("text"));
        facts.Add("next hop", answer["route"].Text("nextHop"));
        facts.Write(session.Out, colors, withHeadings: false);
        WriteGates(session, answer);
        WriteNodes(session, answer);
        var changes = answer.Objects("changes").ToList();
        if (changes.Count == 0)
            return;
        session.Out.WriteLine("\nFor it to pass:");
        foreach (var change in changes)
            session.Out.WriteLine($"  {change.Text("text")}");
    }

    static void AddSide(Table table, string role, JsonNode? side) => table.Add(
        role, side.Text("port"), side.Text("address"),
        side.Text("project") is { Length: > 0 } project ? $"{project}/{side.Text("network")}" : $"external {side.Text("network")}", side.Text("node"),
        side.Text("securityGroups"), side.Text("labels"));

    static string Traffic(JsonNode? traffic)
    {
        var words = new List<string> { traffic.Text("protocol") };
        if (traffic.Number("destinationPort") is > 0 and var port)
            words.Add($"port {port}");
        if (traffic.Number("sourcePort") is > 0 and var source)
            words.Add($"from port {source}");
        if (traffic.Text("icmpType") is { Length: > 0 } type)
            words.Add($"type {type}");
        return string.Join(' ', words);
    }

    static void WriteGates(Session session, JsonObject answer)
    {
        var gates = answer.Objects("gates").ToList();
        if (gates.Count == 0)
            return;
        session.Out.WriteLine();
        var table = new Table("", "ASKED", "SAYS", "RULE", "TEXT");
        for (var i = 0; i < gates.Count; i++)
        {
            var rule = gates[i]["rule"];
            var place = rule is null ? "" : $"{rule.Text("kind")}/{rule.Text("set")} rule {rule.Text("id")}";
            var decides = answer["decidingGate"] is not null && answer.Number("decidingGate") == i;
            table.Add(
                decides ? ">" : " ", gates[i].Text("gate"), gates[i].Flag("passes") ? "passes" : "refuses", place,
                rule is null ? "no rule fits" : rule.Text("text"));
        }
        table.Write(session.Out, session.Terminal.OutHasColors);
    }

    static void WriteNodes(Session session, JsonObject answer)
    {
        var nodes = answer.Objects("nodes").ToList();
        if (nodes.Count == 0)
            return;
        session.Out.WriteLine();
        var table = new Table("NODE", "ROLE", "VERDICT", "WHAT IT DOES");
        foreach (var node in nodes)
            table.Add(node.Text("node"), node.Text("role"), node.Text("verdict"), node.Text("text"));
        table.Write(session.Out, session.Terminal.OutHasColors);
    }
}
