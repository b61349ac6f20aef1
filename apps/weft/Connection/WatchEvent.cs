using System.Text.Json.Nodes;
using Weft.Cli.Output;

namespace Weft.Cli.Connection;

/// <summary>One line of a watch.</summary>
/// <param name="Type"><c>created</c>, <c>updated</c> or <c>deleted</c>; of what was there before,
/// <c>created</c>.</param>
sealed record WatchEvent(string Type, JsonObject Document)
{
    /// <summary>Null for lines that carry no resource, such as bookmarks.</summary>
    /// <exception cref="CliException">The server says why the watch is over.</exception>
    public static WatchEvent? From(JsonNode line) =>
        line["object"] is JsonObject document ? new(line.Text("type"), document)
        : line.Text("type") == "error" ? throw new CliException(
            ExitCodes.Failure, line.Text("message"), hint: "run the command again")
        : null;
}
