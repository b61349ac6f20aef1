using System.Net;
using System.Text.Json.Nodes;
using Weft.Cli.Output;

namespace Weft.Cli.Connection;

/// <summary>The server's REST interface, <c>/api/v1</c>.</summary>
sealed class ServerClient(Http http)
{
    const int PageSize = 1000;

    public Endpoint Endpoint => http.Endpoint;

    /// <summary>Everything of a kind, page by page.</summary>
    /// <param name="project">Null: of all projects.</param>
    public async Task<List<JsonObject>> ListAsync(Kind kind, string? project, CancellationToken cancel)
    {
        var items = new List<JsonObject>();
        var marker = "";
        do
        {
            var path = Path(kind, null, Query(("project", project), ("limit", $"{PageSize}"), ("marker", marker)));
            var (page, _) = await http.SendAsync(HttpMethod.Get, path, null, cancel);
            items.AddRange(page.Objects("items"));
            marker = page.Text("next");
        }
        while (marker.Length > 0);
        return items;
    }

    public async Task<JsonObject> GetAsync(Kind kind, string? project, string name, CancellationToken cancel) =>
        (JsonObject)(await http.SendAsync(HttpMethod.Get, Item(kind, project, name), null, cancel)).Body!;

    public async Task<JsonObject> CreateAsync(Kind kind, JsonObject document, CancellationToken cancel)
    {
        var path = Path(kind, null, Query(("project", document.Text("project"))));
        return (JsonObject)(await http.SendAsync(HttpMethod.Post, path, document, cancel)).Body!;
    }

    /// <summary>Creates or replaces.</summary>
    /// <param name="revision">Replace only this revision; 0: whatever is there.</param>
    public async Task<(JsonObject Document, bool Created)> PutAsync(
        Kind kind, JsonObject document, CancellationToken cancel, long revision = 0)
    {
        var path = Item(kind, document.Text("project"), document.Text("name"));
        var (body, status) = await http.SendAsync(HttpMethod.Put, path, document, cancel, revision);
        return ((JsonObject)body!, status == HttpStatusCode.Created);
    }

    /// <param name="query">More for the server to know, such as <c>force=true</c>.</param>
    public async Task DeleteAsync(
        Kind kind, string? project, string name, CancellationToken cancel, string query = "")
    {
        var path = Item(kind, project, name);
        var more = query.Length == 0 ? "" : (path.Contains('?') ? "&" : "?") + query;
        await http.SendAsync(HttpMethod.Delete, path + more, null, cancel);
    }

    /// <summary>What there is and then what changes, until cancelled.</summary>
    public IAsyncEnumerable<JsonNode> WatchAsync(Kind kind, string? project, CancellationToken cancel) =>
        http.StreamAsync(Path(kind, null, Query(("project", project), ("watch", "true"))), cancel);

    /// <param name="name">Of one policy; null: all of the project.</param>
    public async Task<JsonObject> LintAsync(string project, string? name, CancellationToken cancel)
    {
        var path = name is null ? "/api/v1/lint" : $"/api/v1/policies/{Uri.EscapeDataString(name)}/lint";
        return (JsonObject)(await http.SendAsync(HttpMethod.Get, path + Query(("project", project)), null, cancel)).Body!;
    }

    public async Task<JsonObject> ExplainAsync(JsonObject question, CancellationToken cancel) =>
        (JsonObject)(await http.SendAsync(HttpMethod.Post, "/api/v1/explain", question, cancel)).Body!;

    public async Task<JsonObject> TraceAsync(JsonObject question, CancellationToken cancel) =>
        (JsonObject)(await http.SendAsync(HttpMethod.Post, "/api/v1/trace", question, cancel)).Body!;

    static string Item(Kind kind, string? project, string name) =>
        Path(kind, name, kind.IsOwned ? Query(("project", project)) : "");

    static string Path(Kind kind, string? name, string query) =>
        $"/api/v1/{kind.Plural}{(name is null ? "" : "/" + Uri.EscapeDataString(name))}{query}";

    static string Query(params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = "";
        foreach (var (name, value) in parameters)
        {
            if (!string.IsNullOrEmpty(value))
                query += $"{(query.Length == 0 ? '?' : '&')}{name}={Uri.EscapeDataString(value)}";
        }
        return query;
    }
}
