using System.Text.Json.Nodes;
using Weft.Cli.Commands;

namespace Weft.Cli.Output;

/// <summary>A trace for people: how far it came, then hop by hop.</summary>
static class TraceWriter
{
    public static void Write(Session session, JsonObject answer)
    {
        var colors = session.Terminal.OutHasColors;
        var verdict = answer.Text("verdict").Replace('-', ' ');
        session.Out.WriteLine(colors ? Style.OfState(verdict) : verdict);
        session.Out.WriteLine($"  {answer.Text("summary")}");
        session.Out.WriteLine();
        var table = new Table("HOP", "NODE", "HOOK", "DECISION", "RULE", "NEXT", "KNOWN FLOW");
        var number = 0;
        foreach (var hop in answer.Objects("hops"))
            table.Add($"{++number}", hop.Text("node"), hop.Text("hook"), Decision(hop), Rule(hop["rule"]), Next(hop), Flow(hop));
        if (answer.Text("missing") is { Length: > 0 } missing)
            table.Add($"{++number}", missing, "", "did not tell", "", "", "");
        table.Write(session.Out, colors);
        session.Out.WriteLine("\nThe packet was made for this trace and was not delivered.");
    }

    static string Decision(JsonNode hop) =>
        hop.Text("dropReason") is { Length: > 0 } reason ? $"{hop.Text("decision")}: {reason}" : hop.Text("decision");

    static string Rule(JsonNode? rule) => rule is null ? ""
        : $"{rule.Text("kind")}/{(rule.Text("set") is { Length: > 0 } set ? set : $"of {rule.Text("project")}")} rule {rule.Text("id")}";

    static string Next(JsonNode hop) => hop.Text("nextHop") is { Length: > 0 } node ? $"node {node}" : hop.Text("port");

    static string Flow(JsonNode hop) => hop.Text("flow") is not { Length: > 0 } flow ? ""
        : hop["flowRule"] is { } rule ? $"{flow}, by {Rule(rule)}" : flow;
}
