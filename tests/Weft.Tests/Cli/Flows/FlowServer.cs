using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Weft.Tests.Cli.Flows;

/// <summary>
/// The answers of docs/design/flows.md without a store behind them: over a real socket, written row by row. Says what it
/// was asked; a test says what the rows are.
/// </summary>
sealed class FlowServer : IAsyncDisposable
{
    readonly Weft.Tests.TemporaryFolder _folder = new();
    readonly WebApplication _app;

    FlowServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(Socket));
        _app = builder.Build();
        _app.MapPost("/api/v1/flows/query", QueryAsync);
        _app.MapGet("/api/v1/flows", FollowAsync);
        _app.MapGet("/api/v1/flows/fields", http => WriteAsync(http, Fields));
        _app.MapGet("/api/v1/flows/fields/{name}/values", ValuesAsync);
        _app.MapGet("/api/v1/flows/status", http => WriteAsync(http, Status!));
    }

    public string Socket => _folder["flows.sock"];

    public List<JsonObject> Asked { get; } = [];

    public string? FollowedQuery { get; private set; }

    public IEnumerable<string> Rows { get; set; } = [];

    /// <summary>After the rows, until the client leaves.</summary>
    public bool GoesOn { get; set; }

    public TaskCompletionSource ClientLeft { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public JsonObject? Problem { get; set; }

    public JsonObject? Status { get; set; }

    public Dictionary<string, string[]> Values { get; } = [];

    static JsonObject Fields => new() { ["items"] = new JsonArray([.. FieldList.Select(JsonNode? (item) => item.DeepClone())]) };

    static readonly JsonObject[] FieldList =
    [
        Field("time", "time", "plain"), Field("protocol", "uInt8", "protocol"), Field("source.name", "text", "plain"),
        Field("source.network", "text", "plain"), Field("source.address", "address", "plain"), Field("destination.name", "text", "plain"),
        Field("destination.port", "uInt16", "plain"), Field("bytes", "uInt64", "bytes"), Field("packets", "uInt64", "plain"),
        Field("verdict", "uInt8", "names", "allowed", "denied"),
    ];

    public static async Task<FlowServer> StartAsync()
    {
        var server = new FlowServer();
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public Task<CliRun> RunAsync(params string[] words) => CliRun.OfAsync(
        words, environment: new Dictionary<string, string> { ["WEFT_SERVER"] = Socket }, cancel: TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    async Task QueryAsync(HttpContext http)
    {
        Asked.Add((JsonObject)(await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted))!);
        await AnswerAsync(http);
    }

    async Task FollowAsync(HttpContext http)
    {
        FollowedQuery = Uri.UnescapeDataString(http.Request.QueryString.Value!);
        await AnswerAsync(http);
    }

    async Task AnswerAsync(HttpContext http)
    {
        if (Problem is { } problem)
        {
            http.Response.StatusCode = 400;
            await WriteAsync(http, problem);
            return;
        }
        http.Response.ContentType = http.Request.Headers.Accept.ToString();
        await using (var writer = new StreamWriter(http.Response.Body, bufferSize: 1 << 14, leaveOpen: true))
        {
            foreach (var row in Rows)
                await writer.WriteAsync(row + "\n");
        }
        if (GoesOn)
        {
            await using var left = http.RequestAborted.Register(() => ClientLeft.TrySetResult());
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await ClientLeft.Task;
        }
    }

    Task ValuesAsync(HttpContext http)
    {
        var prefix = http.Request.Query["prefix"].ToString();
        var values = Values.GetValueOrDefault((string)http.Request.RouteValues["name"]!, []).Where(value => value.StartsWith(prefix, StringComparison.Ordinal));
        return WriteAsync(http, new() { ["items"] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]) });
    }

    static async Task WriteAsync(HttpContext http, JsonObject document)
    {
        http.Response.ContentType = http.Response.StatusCode == 400 ? "application/problem+json" : "application/json";
        await http.Response.WriteAsync(document.ToJsonString(), http.RequestAborted);
    }

    static JsonObject Field(string name, string type, string meaning, params string[] names) => new()
    {
        ["name"] = name,
        ["type"] = type,
        ["meaning"] = meaning,
        ["about"] = $"About {name}.",
        ["names"] = new JsonArray([.. names.Select(text => JsonValue.Create(text))]),
    };
}
