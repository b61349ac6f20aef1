using System.Globalization;
using System.Text.Json.Nodes;
using Weft.Cli.Commands;
using Weft.Cli.Output;

namespace Weft.Cli.Flows;

/// <summary>A column of a table of flows, and the fields that it is made of.</summary>
/// <param name="Usual">How wide cells mostly are: rows that come one by one cannot be measured before.</param>
sealed record FlowColumn(string Heading, int Usual, IReadOnlyList<string> Fields, Func<JsonObject, Session, string> Cell)
{
    /// <summary>A field, or an aggregate, by itself.</summary>
    public static FlowColumn Of(string name) =>
        new(name.ToUpperInvariant(), 12, [name], (row, session) => Plain(name, row[name], session));

    /// <summary>What one mostly wants to see of a record.</summary>
    public static IReadOnlyList<FlowColumn> OfList(bool wide) =>
    [
        new("TIME", 12, ["time"], (row, session) => Time(row["time"], session)),
        new("SOURCE", 22, [.. FlowNames.EndFields("source")], (row, session) => FlowNames.End(row, "source", session.GivenProject)),
        new("DESTINATION", 22, [.. FlowNames.EndFields("destination"), "lumped"], (row, session) => FlowNames.Destination(row, session.GivenProject)),
        new("TO", 9, ["protocol", "destination.port"], (row, _) => FlowNames.Service(row)),
        new("PACKETS", 7, ["packets"], (row, _) => row.Text("packets")),
        new("BYTES", 7, ["bytes"], (row, _) => Units.Bytes(row.Number("bytes"))),
        new("REPLIES", 7, ["reply.packets"], (row, _) => row.Text("reply.packets")),
        new("BYTES", 7, ["reply.bytes"], (row, _) => Units.Bytes(row.Number("reply.bytes"))),
        new("VERDICT", 7, ["verdict"], (row, _) => row.Text("verdict")),
        new("BECAUSE", 20, ["reason", "policy", "group", "rule"], (row, _) => FlowNames.Because(row)),
        .. wide ? Wide : [],
    ];

    static IEnumerable<FlowColumn> Wide =>
    [
        new("EVENT", 9, ["event", "end"], (row, _) => row.Text("end") is "" or "none" ? row.Text("event") : $"{row.Text("event")}:{row.Text("end")}"),
        new("FROM ADDRESS", 18, ["source.address", "source.port"], (row, _) => FlowNames.Address(row, "source")),
        new("TO ADDRESS", 18, ["destination.address", "destination.port"], (row, _) => FlowNames.Address(row, "destination")),
        new("RTT", 7, ["rtt"], (row, _) => row.Number("rtt") is > 0 and var rtt ? $"{rtt}us" : ""),
        new("NODE", 8, ["node"], (row, _) => row.Text("node")),
        new("SEEN AT", 7, ["observer"], (row, _) => row.Text("observer")),
        new("FLOW", 16, ["flow"], (row, _) => row.Text("flow")),
    ];

    static string Plain(string name, JsonNode? value, Session session) =>
        name is "time" or "start" or "last" or FlowQuery.BucketColumn ? Time(value, session)
        : name.Contains("bytes", StringComparison.OrdinalIgnoreCase) && value is JsonValue number && number.TryGetValue<double>(out var bytes) ? Units.Bytes(bytes)
        : value is JsonValue fraction && fraction.TryGetValue<double>(out var real) ? real.ToString("0.###", CultureInfo.InvariantCulture)
        : value.Text();

    /// <summary>Of today without the date.</summary>
    static string Time(JsonNode? value, Session session)
    {
        if (!DateTimeOffset.TryParse(value.Text(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return value.Text();
        var zone = session.Terminal.Time.LocalTimeZone;
        var here = TimeZoneInfo.ConvertTime(time, zone);
        var now = TimeZoneInfo.ConvertTime(session.Terminal.Time.GetUtcNow(), zone);
        return here.ToString(here.Date == now.Date ? "HH:mm:ss.fff" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }
}
