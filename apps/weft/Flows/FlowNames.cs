using System.Net;
using System.Text.Json.Nodes;
using Weft.Cli.Output;
using Weft.Model.Resources;

namespace Weft.Cli.Flows;

/// <summary>What people call the ends of a flow, and what decided.</summary>
static class FlowNames
{
    public static IEnumerable<string> EndFields(string side) =>
        ((string[])["project", "network", "name", "address"]).Select(field => $"{side}.{field}");

    /// <summary><c>network/port</c>, behind the project when it is another one; the address of who has no port here.</summary>
    public static string End(JsonObject row, string side, string? project)
    {
        var (network, name, address) = (row.Text($"{side}.network"), row.Text($"{side}.name"), row.Text($"{side}.address"));
        if (name.Length == 0)
            return network.Length == 0 ? address : $"{network}/{address}";
        var owner = row.Text($"{side}.project");
        return owner.Length == 0 || owner == (project ?? ProjectResource.DefaultProject) ? $"{network}/{name}" : $"{owner}/{network}/{name}";
    }

    public static string Destination(JsonObject row, string? project) =>
        row.Flag("lumped") ? "(many)" : End(row, "destination", project);

    /// <summary><c>tcp/80</c></summary>
    public static string Service(JsonObject row) =>
        row.Number("destination.port") is > 0 and var port ? $"{row.Text("protocol")}/{port}" : row.Text("protocol");

    public static string Address(JsonObject row, string side)
    {
        var (text, port) = (row.Text($"{side}.address"), row.Number($"{side}.port"));
        return text.Length == 0 || !IPAddress.TryParse(text, out var address) || port == 0 ? text : new IPEndPoint(address, (int)port).ToString();
    }

    /// <summary><c>policy-denied: default/logs rule 2</c></summary>
    public static string Because(JsonObject row)
    {
        var decided = row.Text("policy") is { Length: > 0 } policy ? policy : row.Text("group") is { Length: > 0 } group ? $"group {group}" : "";
        if (decided.Length > 0 && row.Number("rule") is > 0 and var rule)
            decided += $" rule {rule}";
        var reason = row.Text("reason");
        return reason.Length == 0 ? decided : decided.Length == 0 ? reason : $"{reason}: {decided}";
    }
}
