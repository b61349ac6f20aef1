using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Weft.Analytics.Storage;
using Weft.Analytics.Storage.DuckDb;
using Weft.Flows;
using Weft.Server.Flows;
using Weft.Server.Flows.Asking;
using Weft.Tests.Server;
using Weft.Tests.Sync;

namespace Weft.Tests.Flows.Rest;

/// <summary>A server with a store of flow records, at <see cref="RandomFlows.Now"/> unless time goes on.</summary>
sealed class FlowServer : IAsyncDisposable
{
    readonly TemporaryFolder _folder;
    ulong _number;

    FlowServer(TestServer server, TemporaryFolder folder, SlowStore store)
    {
        Server = server;
        _folder = folder;
        Store = store;
    }

    internal TestServer Server { get; }

    internal SlowStore Store { get; }

    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="isClockSet">Time stands still; else it is what it is.</param>
    internal static async Task<FlowServer> StartAsync(FlowAskOptions? options = null, bool isClockSet = true)
    {
        var folder = new TemporaryFolder();
        var store = new SlowStore(new DuckDbFlowStore(new(folder["flows"]) { MinutesEvery = TimeSpan.Zero, HoursEvery = TimeSpan.Zero, MemoryBytes = 128L << 20 }, TimeProvider.System));
        var server = await TestServer.StartAsync(services =>
        {
            if (isClockSet)
                services.AddSingleton<TimeProvider>(new FakeTimeProvider(RandomFlows.Now));
            services.AddSingleton<IFlowStore>(store);
            services.AddFlowRecords(new() { Asking = options ?? new() });
        });
        var flows = new FlowServer(server, folder, store);
        await Patience.UntilAsync(() => server.Services.GetRequiredService<FlowIntake>().Refused.Length == 0, "the store is open");
        return flows;
    }

    internal async Task AppendAsync(params IEnumerable<FlowRecord> records)
    {
        var batch = new FlowBatchBuilder();
        foreach (var record in records)
            batch.Append(record);
        await Store.AppendAsync([new("alpha", Guid.Empty, ++_number, batch.Build())], Token);
    }

    internal async Task<(HttpStatusCode Status, JsonNode Body)> QueryAsync(string json, HttpClient? client = null)
    {
        var (status, body, _) = await Server.Send(HttpMethod.Post, "/api/v1/flows/query", json, client);
        return (status, body);
    }

    /// <summary>As text, in a format.</summary>
    internal async Task<(MediaTypeHeaderValue? Type, byte[] Body)> FetchAsync(string json, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/flows/query") { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd(accept);
        using var response = await Server.Root.SendAsync(request, Token);
        return (response.Content.Headers.ContentType, await response.Content.ReadAsByteArrayAsync(Token));
    }

    /// <summary>A member of projects.</summary>
    internal async Task<HttpClient> MemberAsync(params string[] projects)
    {
        foreach (var project in projects.Where(project => project != "default"))
            await Server.Send(HttpMethod.Post, "/api/v1/projects", $$"""{"name": "{{project}}"}""");
        var list = string.Join(", ", projects.Select(project => $"\"{project}\""));
        var token = await Server.Post("/api/v1/tokens", $$"""{"name": "m-{{string.Join('-', projects)}}", "role": "member", "projects": [{{list}}]}""");
        return Server.OverTcp((string)token["secret"]!);
    }

    public async ValueTask DisposeAsync()
    {
        // A host that is only disposed of takes the end of its services for a fault, and says so.
        Server.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await Server.DisposeAsync();
        await Store.DisposeAsync();
        _folder.Dispose();
    }
}
