using System.Text.Json.Nodes;
using Weft.Cli.Connection;
using Weft.Cli.Output;

namespace Weft.Cli.Flows;

/// <summary>The server's flow records, <c>/api/v1/flows</c>.</summary>
sealed class FlowClient(Http http)
{
    const string Root = "/api/v1/flows";
    const string Question = Root + "/query";

    /// <summary>Records that are held to be turned round: the server has the newest first.</summary>
    const int MostTurned = 10_000;

    /// <summary>Rows as JSON lines; of records the newest last, as people read them, unless there are too many to hold.</summary>
    /// <exception cref="CliException">Refused, or ended half way.</exception>
    public async IAsyncEnumerable<string> QueryAsync(
        FlowQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        if (query.IsOfGroups || query.OrderBy.Count > 0 || query.Limit > MostTurned)
        {
            await foreach (var line in AskAsync(query, cancel))
                yield return line;
            yield break;
        }
        var lines = new List<string>();
        await foreach (var line in AskAsync(query, cancel))
            lines.Add(line);
        for (var i = lines.Count - 1; i >= 0; i--)
            yield return lines[i];
    }

    async IAsyncEnumerable<string> AskAsync(
        FlowQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await using var lines = http.LinesAsync(HttpMethod.Post, Question, query.ToJson(), cancel).GetAsyncEnumerator(cancel);
        while (await Asking(query, () => lines.MoveNextAsync().AsTask()))
        {
            ThrowIfError(lines.Current);
            yield return lines.Current;
        }
    }

    /// <summary>Records as they come, until cancelled.</summary>
    public async IAsyncEnumerable<string> FollowAsync(
        FlowQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var path = $"{Root}?{query.ToQueryString()}&follow=true";
        await using var lines = http.LinesAsync(HttpMethod.Get, path, null, cancel).GetAsyncEnumerator(cancel);
        while (await Asking(query, () => lines.MoveNextAsync().AsTask()))
        {
            ThrowIfError(lines.Current);
            yield return lines.Current;
        }
    }

    /// <summary>Rows as the server writes them in that form.</summary>
    public Task CopyAsync(FlowQuery query, string mediaType, Stream destination, CancellationToken cancel) => Asking(query, async () =>
    {
        await http.CopyAsync(HttpMethod.Post, Question, query.ToJson(), mediaType, destination, cancel);
        return true;
    });

    public async Task<IReadOnlyList<FlowField>> FieldsAsync(CancellationToken cancel) =>
        [.. (await GetAsync($"{Root}/fields", cancel)).Objects("items").Select(FlowField.From)];

    /// <summary>The most frequent values of a field that begin with <paramref name="prefix"/>.</summary>
    public async Task<IReadOnlyList<string>> ValuesAsync(string field, string prefix, string? project, CancellationToken cancel)
    {
        var path = $"{Root}/fields/{Uri.EscapeDataString(field)}/values?prefix={Uri.EscapeDataString(prefix)}"
            + (project is null ? "" : $"&project={Uri.EscapeDataString(project)}");
        return (await GetAsync(path, cancel))?["items"] is JsonArray items ? [.. items.Select(item => item.Text())] : [];
    }

    public async Task<JsonObject> StatusAsync(CancellationToken cancel) => (JsonObject)(await GetAsync($"{Root}/status", cancel))!;

    async Task<JsonNode?> GetAsync(string path, CancellationToken cancel) =>
        (await http.SendAsync(HttpMethod.Get, path, null, cancel)).Body;

    static async Task<T> Asking<T>(FlowQuery query, Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (CliException e) when (e.Faults.Count > 0)
        {
            throw FilterFault.Shown(e, query);
        }
    }

    static void ThrowIfError(string line)
    {
        if (line.StartsWith("{\"error\"", StringComparison.Ordinal))
            throw new CliException(ExitCodes.Failure, JsonNode.Parse(line).Text("error"), hint: "what was printed before is not all");
    }
}
