using System.Text.Json.Nodes;
using Weft.Cli.Output;
using Weft.Model.Resources;

namespace Weft.Cli.Rules;

/// <summary>Rules of documents in one line each, as <see cref="PolicyRuleSyntax"/> and <see cref="GroupRuleSyntax"/> read them.</summary>
static class RuleWriter
{
    public static string OfPolicy(JsonObject rule)
    {
        var words = new List<string>
        {
            rule.Text("action"), Or(rule.Text("protocol"), "any"), Endpoint(rule["from"]),
            Or(rule.Text("direction"), Policy.OneWay), Endpoint(rule["to"]),
        };
        Add(words, "", rule.Text("ports"));
        Add(words, "source ports ", rule.Text("sourcePorts"));
        Add(words, "type ", rule.Text("icmpTypes"));
        Add(words, "", rule.Flag("reject") ? "reject" : "");
        Add(words, "", rule.Flag("log") ? "log" : "");
        return string.Join(' ', words);
    }

    public static string OfGroup(JsonObject rule)
    {
        var direction = rule.Text("direction");
        var words = new List<string> { direction };
        Add(words, "", rule.Text("family"));
        words.Add(Or(rule.Text("protocol"), "any"));
        Add(words, "", rule.Text("ports"));
        Add(words, "type ", rule.Text("icmpTypes"));
        words.Add(direction == SecurityGroup.Ingress ? "from" : "to");
        words.Add(rule.Text("remoteGroup") is { Length: > 0 } group ? $"group {group}" : Or(rule.Text("remotePrefix"), "any"));
        return string.Join(' ', words);
    }

    static string Endpoint(JsonNode? endpoint)
    {
        var words = new List<string>();
        var network = endpoint.Text("network");
        Add(words, PolicyRuleSyntax.IsKeyword(network) ? "network " : "", network);
        Add(words, "external ", endpoint.Text("externalNetwork"));
        Add(words, "", endpoint.Text("prefix"));
        Add(words, "group ", endpoint.Text("securityGroup"));
        foreach (var (key, value) in endpoint?["labels"] as JsonObject ?? [])
            words.Add($"label {key}={value.Text()}");
        return words.Count == 0 ? "any" : string.Join(' ', words);
    }

    static void Add(List<string> words, string before, string text)
    {
        if (text.Length > 0)
            words.Add(before + text);
    }

    static string Or(string text, string otherwise) => text.Length > 0 ? text : otherwise;
}
