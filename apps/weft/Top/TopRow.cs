using System.Text.Json.Nodes;
using Weft.Cli.Flows;
using Weft.Cli.Output;

namespace Weft.Cli.Top;

/// <summary>Who talks to whom, and how much in a second; or who is denied what.</summary>
/// <param name="Why">Of what was denied: the reason and the rule.</param>
sealed record TopRow(
    string From, string To, bool Denied, string Why, double BytesOut, double BytesIn, double PacketsOut, double PacketsIn, double Connections)
{
    const string Outside = "outside";

    /// <summary>The question whose answers are rows.</summary>
    public static FlowQuery Query(TopState state, string? project, int limit)
    {
        string[] denied = ["verdict", "reason", "policy", "group", "rule"];
        return new()
        {
            Since = $"{(int)state.Window.TotalSeconds}s",
            Filter = state.Filter.Length > 0 ? state.Filter : null,
            Project = project,
            GroupBy = state.Grouping switch
            {
                TopGrouping.Port => [.. FlowNames.EndFields("source"), .. FlowNames.EndFields("destination"), .. denied],
                TopGrouping.Service => [.. FlowNames.EndFields("destination"), "protocol", "destination.port", .. denied],
                TopGrouping.Network => ["source.project", "source.network", "destination.project", "destination.network", "verdict"],
                _ => denied,
            },
            Aggregates = ["sum(bytes)", "sum(reply.bytes)", "sum(packets)", "sum(reply.packets)", "sum(connections)"],
            OrderBy = state.Order switch
            {
                TopOrder.Bytes => ["-sum(bytes)"],
                TopOrder.Packets => ["-sum(packets)"],
                TopOrder.Connections => ["-sum(connections)"],
                _ => ["-verdict", "-sum(packets)"],
            },
            Limit = limit,
        };
    }

    /// <summary>Rows that look the same, such as a port's two addresses, are one.</summary>
    public static IReadOnlyList<TopRow> Of(TopState state, IEnumerable<JsonObject> groups, string? project) =>
    [
        .. groups.Select(group => From1(state, group, project))
            .GroupBy(row => (row.From, row.To, row.Denied, row.Why))
            .Select(same => same.Aggregate((one, other) => one with
            {
                BytesOut = one.BytesOut + other.BytesOut,
                BytesIn = one.BytesIn + other.BytesIn,
                PacketsOut = one.PacketsOut + other.PacketsOut,
                PacketsIn = one.PacketsIn + other.PacketsIn,
                Connections = one.Connections + other.Connections,
            }))
            .OrderByDescending(row => state.Order == TopOrder.Denied && row.Denied)
            .ThenByDescending(row => state.Order switch
            {
                TopOrder.Bytes => row.BytesOut + row.BytesIn,
                TopOrder.Connections => row.Connections,
                _ => row.PacketsOut + row.PacketsIn,
            })
            .ThenBy(row => row.From, StringComparer.Ordinal)
            .ThenBy(row => row.To, StringComparer.Ordinal),
    ];

    static TopRow From1(TopState state, JsonObject group, string? project)
    {
        var (from, to) = state.Grouping switch
        {
            TopGrouping.Port => (FlowNames.End(group, "source", project), FlowNames.End(group, "destination", project)),
            TopGrouping.Service => (FlowNames.End(group, "destination", project), FlowNames.Service(group)),
            TopGrouping.Network => (NetworkOf(group, "source"), NetworkOf(group, "destination")),
            _ => (FlowNames.Because(group) is { Length: > 0 } rule ? rule : "no rule asked", group.Text("verdict")),
        };
        var seconds = state.Window.TotalSeconds;
        return new(
            from.Length > 0 ? from : Outside, to.Length > 0 ? to : Outside, group.Text("verdict") == "denied",
            group.Text("verdict") == "denied" && state.Grouping != TopGrouping.Rule ? FlowNames.Because(group) : "",
            Rate("sum(bytes)"), Rate("sum(reply.bytes)"), Rate("sum(packets)"), Rate("sum(reply.packets)"), Rate("sum(connections)"));

        double Rate(string sum) => group.Number(sum) / seconds;
    }

    static string NetworkOf(JsonObject group, string side) => (group.Text($"{side}.project"), group.Text($"{side}.network")) switch
    {
        ({ Length: > 0 } project, var network) => $"{project}/{network}",
        (_, { Length: > 0 } network) => network,
        _ => Outside,
    };
}
