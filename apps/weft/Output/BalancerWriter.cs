using System.Text.Json.Nodes;
using Weft.Cli.Commands;

namespace Weft.Cli.Output;

/// <summary>Listeners and members of a load balancer in tables, with what they are doing.</summary>
static class BalancerWriter
{
    /// <summary><c>2/3</c>: members that are up, of all.</summary>
    public static string UpOfAll(JsonObject item)
    {
        var members = item["status"].Objects("members").ToList();
        return $"{members.Count(member => member.Text("state") == "up")}/{members.Count}";
    }

    /// <summary><c>tcp:80,udp:53</c></summary>
    public static string ListenersOf(JsonObject item) =>
        string.Join(",", item.Objects("listeners").Select(listener => $"{listener.Text("protocol")}:{listener.Text("ports")}"));

    /// <summary>Takes out of the document what goes into the tables.</summary>
    public static IReadOnlyList<Table> TakeTables(JsonObject document)
    {
        var listeners = new Table("LISTENER", "PROTOCOL", "PORTS", "POOL", "CONNECTIONS", "TOTAL", "REFUSED", "IN", "OUT");
        foreach (var listener in document.Objects("listeners"))
        {
            var counts = document["status"].Objects("listeners").FirstOrDefault(status => status.Text("name") == listener.Text("name"));
            listeners.Add(
                listener.Text("name"), listener.Text("protocol"), listener.Text("ports"), listener.Text("pool"),
                counts.Text("connections"), counts.Text("total"), counts.Text("refused"), Bytes(counts, "bytesIn"), Bytes(counts, "bytesOut"));
        }
        var members = new Table("POOL", "MEMBER", "ADDRESS", "PORT", "STATE", "CONNECTIONS", "TOTAL", "IN", "OUT", "MESSAGE");
        foreach (var member in document["status"].Objects("members"))
            members.Add(
                member.Text("pool"), member.Text("port"), member.Text("address"), member.Number("targetPort") == 0 ? "" : member.Text("targetPort"),
                member.Text("state"), member.Text("connections"), member.Text("total"), Bytes(member, "bytesIn"), Bytes(member, "bytesOut"),
                member.Text("message"));
        document.Remove("listeners");
        (document["status"] as JsonObject)?.Remove("listeners");
        if (document["status"] is JsonObject status && status.Remove("members"))
            foreach (var pool in document.Objects("pools"))
                pool.Remove("members");
        return [listeners, members];
    }

    /// <summary>What has been added between two looks, for a second.</summary>
    public static void Rates(Session session, JsonObject before, JsonObject after, TimeSpan between)
    {
        var rows = new List<JsonObject>();
        foreach (var (kind, key) in ((string, Func<JsonObject, string>)[])[("listeners", item => item.Text("name")), ("members", MemberOf)])
            foreach (var now in after["status"].Objects(kind))
                if (before["status"].Objects(kind).FirstOrDefault(item => key(item) == key(now)) is { } then)
                    rows.Add(Row(kind[..^1], key(now), then, now, between.TotalSeconds));
        if (session.IsForPrograms)
        {
            Printer.Document(session, new JsonArray([.. rows]));
            return;
        }
        var table = new Table("WHAT", "NAME", "CONNECTIONS", "NEW/S", "IN/S", "OUT/S");
        foreach (var row in rows)
            table.Add(row.Text("what"), row.Text("name"), row.Text("connections"), row.Text("newPerSecond"), Bytes(row, "inPerSecond"), Bytes(row, "outPerSecond"));
        table.Write(session.Out, session.Terminal.OutHasColors);
    }

    static JsonObject Row(string what, string name, JsonObject then, JsonObject now, double seconds)
    {
        return new()
        {
            ["what"] = what,
            ["name"] = name,
            ["connections"] = now.Number("connections"),
            ["newPerSecond"] = Math.Round(Grown("total") / seconds, 1),
            ["inPerSecond"] = (long)(Grown("bytesIn") / seconds),
            ["outPerSecond"] = (long)(Grown("bytesOut") / seconds),
        };

        // A node that was restarted has begun to count anew.
        long Grown(string field) => Math.Max(0, now.Number(field) - then.Number(field));
    }

    static string MemberOf(JsonObject member) =>
        $"{member.Text("pool")}/{member.Text("port")}{(member.Number("targetPort") == 0 ? "" : $":{member.Text("targetPort")}")}";

    static string Bytes(JsonNode? document, string field) => document?[field] is null ? "" : Units.Bytes(document.Number(field));
}
