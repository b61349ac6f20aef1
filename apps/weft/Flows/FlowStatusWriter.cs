using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Commands;
using Weft.Cli.Output;

namespace Weft.Cli.Flows;

/// <summary>How the record of flows is: what is there, what is missing, and what to do.</summary>
static class FlowStatusWriter
{
    /// <summary>On a node before it is worth a word: some seconds of a busy one.</summary>
    const long MuchWaiting = 64 << 20;

    const long MuchOffset = 1000;

    /// <summary>1 when something is wrong.</summary>
    public static int Write(Session session, JsonObject status)
    {
        var advice = Advice(status).ToList();
        if (session.IsForPrograms)
            Printer.Document(session, status);
        else
            WriteText(session, status, advice);
        return advice.Count == 0 ? ExitCodes.Ok : ExitCodes.Failure;
    }

    /// <summary>For <c>weft status</c>: one line.</summary>
    public static string Line(JsonObject status)
    {
        var lost = status.Objects("nodes").Sum(Lost);
        var store = status["store"];
        return store.Text("refused") is { Length: > 0 } why ? $"NOT stored: {why}"
            : $"{Units.Count(Rate(status))} records/s into {store.Text("kind")}, {Units.Count(store.Number("rows"))} records, "
                + $"{Units.Bytes(store.Number("bytes"))}, {(lost == 0 ? "nothing lost" : $"{Units.Count(lost)} lost ('weft flows status')")}";
    }

    static void WriteText(Session session, JsonObject status, List<string> advice)
    {
        var store = status["store"];
        var colors = session.Terminal.OutHasColors;
        var facts = new Table("", "");
        facts.Add("Store", store.Text("kind"));
        facts.Add("Records", $"{store.Number("rows")}");
        facts.Add("On disk", Units.Bytes(store.Number("bytes")) + (store.Number("limitBytes") is > 0 and var most ? $" of {Units.Bytes(most)}" : ""));
        facts.Add("Oldest", store.Age("oldest", session.Terminal.Time) is { Length: > 0 } oldest ? $"{oldest} ago" : "none");
        facts.Add("Newest", store.Age("newest", session.Terminal.Time) is { Length: > 0 } newest ? $"{newest} ago" : "none");
        facts.Add("Now", $"{Units.Count(Rate(status))} records/s");
        facts.Write(session.Out, colors, withHeadings: false);
        var nodes = status.Objects("nodes").ToList();
        if (nodes.Count > 0)
        {
            session.Out.WriteLine();
            var table = new Table("NODE", "STATE", "WAITING", "CLOCK", "LOST");
            foreach (var node in nodes)
                table.Add(
                    node.Text("name"), StateOf(node), Units.Bytes(node.Number("waitingBytes")), Offset(node.Number("clockOffsetMilliseconds")),
                    $"{Lost(node)}");
            table.Write(session.Out, colors);
        }
        var losses = nodes.SelectMany(node => Losses(node).Select(loss => (Node: node.Text("name"), Place: loss.Key, loss.Value))).ToList();
        if (losses.Count > 0)
        {
            session.Out.WriteLine();
            var table = new Table("NODE", "LOST AT", "NUMBER");
            foreach (var (node, place, number) in losses)
                table.Add(node, place, $"{number}");
            table.Write(session.Out, colors);
        }
        foreach (var text in advice)
            session.Out.WriteLine($"\n{(colors ? Style.Yellow("!") : "!")} {text}");
    }

    static IEnumerable<string> Advice(JsonObject status)
    {
        if (status["store"].Text("refused") is { Length: > 0 } why)
            yield return $"Nothing is stored: {why}. The nodes keep their records until it is; make room, or keep less.";
        foreach (var node in status.Objects("nodes"))
        {
            var name = node.Text("name");
            if (node.ContainsKey("connected") && !node.Flag("connected"))
                yield return $"{name} is away; it keeps its records and sends them when it is back.";
            else if (node.Number("waitingBytes") > MuchWaiting)
                yield return $"{name} has {Units.Bytes(node.Number("waitingBytes"))} that wait for the server: it is slower than they come.";
            if (Math.Abs(node.Number("clockOffsetMilliseconds")) > MuchOffset)
                yield return $"The clock of {name} is off by {Offset(node.Number("clockOffsetMilliseconds"))}; times of its records are corrected. Let it keep time with NTP.";
            foreach (var place in Losses(node).GroupBy(loss => loss.Key.Split('.')[0]))
                yield return $"{name}: {string.Join(", ", place.Select(loss => $"{loss.Value} {Unit(loss.Key)}"))} lost at {place.Key}: {AdviceFor(place.Key)}";
        }
    }

    static string AdviceFor(string place) => place switch
    {
        "untracked" => "the flow table was full; they passed, but are on no record. Fewer connections, or a larger table, help.",
        "vrouter" => "the agent did not take reports as fast as they came. Is the node short of processor time, or was the agent away for long?",
        "spool" => "the server was away, or too slow, for longer than the node could keep records: give it more room with --flow-spool.",
        "damaged" => "files of the node's spool could not be read again. Is its disk well?",
        "refused" => "the server could not read what the node sent. Are both of one version?",
        _ => "they could not be told.",
    };

    static string Unit(string loss) => loss.Contains('.') ? loss[(loss.IndexOf('.') + 1)..] : "records";

    static double Rate(JsonObject status) =>
        status["recordsPerSecond"] is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? value.GetValue<double>() : 0;

    static IEnumerable<KeyValuePair<string, long>> Losses(JsonObject node) =>
        node["losses"] is JsonObject losses ? losses.Select(loss => KeyValuePair.Create(loss.Key, losses.Number(loss.Key))).Where(loss => loss.Value > 0) : [];

    /// <summary>Records; packets where nothing else is known.</summary>
    static long Lost(JsonObject node) => Losses(node)
        .Where(loss => Unit(loss.Key) == "records" || loss.Key == "untracked.packets").Sum(loss => loss.Value);

    static string StateOf(JsonObject node) => !node.ContainsKey("connected") ? "" : node.Flag("connected") ? "connected" : "away";

    static string Offset(long milliseconds) => milliseconds == 0 ? "0" : $"{(milliseconds > 0 ? "+" : "")}{milliseconds}ms";
}
