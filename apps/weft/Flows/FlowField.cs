using System.Text.Json.Nodes;
using Weft.Cli.Output;

namespace Weft.Cli.Flows;

/// <summary>One field of a flow record, as the server describes it: this program knows none by heart but what it prints.</summary>
/// <param name="Names">What its values are, when they are few.</param>
sealed record FlowField(string Name, string Type, string Meaning, string About, IReadOnlyList<string> Names, IReadOnlyList<string> Operators)
{
    static readonly string[] s_ofTexts = ["=", "!=", "in", "not in", "~", "!~", "contains", "starts with"];
    static readonly string[] s_ofNumbers = ["=", "!=", "<", "<=", ">", ">=", "in", "not in"];
    static readonly string[] s_ofNames = ["=", "!=", "in", "not in"];

    /// <summary>Can be added up.</summary>
    public bool IsNumber => Type is not ("text" or "address" or "time") && Meaning is not ("names" or "flag" or "protocol" or "tcpFlags" or "id");

    public static FlowField From(JsonObject document) => new(
        document.Text("name"), document.Text("type"), document.Text("meaning"), document.Text("about"),
        Texts(document["names"]), Texts(document["operators"]) is { Count: > 0 } given ? given : OperatorsOf(document));

    static IReadOnlyList<string> Texts(JsonNode? node) => node is JsonArray items ? [.. items.Select(item => item.Text())] : [];

    static string[] OperatorsOf(JsonObject document) => (document.Text("type"), document.Text("meaning")) switch
    {
        ("text", _) => s_ofTexts,
        ("address", _) or (_, "names" or "flag" or "id" or "tcpFlags") => s_ofNames,
        _ => s_ofNumbers,
    };
}
