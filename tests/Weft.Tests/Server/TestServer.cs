using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Weft.Server.Commits;
using Weft.Server.Hosting;

namespace Weft.Tests.Server;

/// <summary>A whole server: real store, real Kestrel, on a socket in a folder of its own and on loopback.</summary>
sealed class TestServer : IAsyncDisposable
{
    readonly TemporaryFolder folder = new();
    WebApplication app;

    readonly Action<IServiceCollection>? configure;

    TestServer(Action<IServiceCollection>? configure)
    {
        this.configure = configure;
        app = Build();
    }

    public HttpClient Root { get; private set; } = null!;

    public Cluster Cluster => app.Services.GetRequiredService<Cluster>();

    public IServiceProvider Services => app.Services;

    public string Socket => folder["weft.sock"];

    public string DataDirectory => folder["data"];

    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="configure">More services, or others than usual.</param>
    public static async Task<TestServer> StartAsync(Action<IServiceCollection>? configure = null)
    {
        var server = new TestServer(configure);
        try
        {
            await server.app.StartAsync(Token);
            server.Root = server.OverSocket();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async Task RestartAsync()
    {
        await app.DisposeAsync();
        app = Build();
        await app.StartAsync(Token);
    }

    /// <summary>Over TLS on loopback. Whose certificate it is, is not what these tests are about.</summary>
    public HttpClient OverTcp(string? token)
    {
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
            .Addresses.Single(address => address.StartsWith("https", StringComparison.Ordinal));
        var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Subject == "CN=server.weft.internal" } };
        var client = new HttpClient(handler) { BaseAddress = new(address) };
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    public async Task<(HttpStatusCode Status, JsonNode Body, HttpResponseHeaders Headers)> Send(
        HttpMethod method, string path, string? json = null, HttpClient? client = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await (client ?? Root).SendAsync(request, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        return (response.StatusCode, JsonNode.Parse(text)!, response.Headers);
    }

    public async Task<JsonNode> Get(string path) => (await Send(HttpMethod.Get, path)).Body;

    public async Task<JsonNode> Post(string path, string json)
    {
        var (status, body, _) = await Send(HttpMethod.Post, path, json);
        Assert.True(status == HttpStatusCode.Created, body.ToJsonString());
        return body;
    }

    public async ValueTask DisposeAsync()
    {
        Root?.Dispose();
        await app.DisposeAsync();
        folder.Dispose();
    }

    WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddSimpleConsole().SetMinimumLevel(LogLevel.Error);
        configure?.Invoke(builder.Services);
        builder.AddWeftServer(new()
        {
            DataDirectory = DataDirectory,
            UnixSocket = Socket,
            Listen = [new(IPAddress.Loopback, 0)],
        });
        var built = builder.Build();
        built.MapWeftServer();
        return built;
    }

    HttpClient OverSocket() => new(new SocketsHttpHandler
    {
        Expect100ContinueTimeout = TimeSpan.FromMinutes(1), // to send the body all the same
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = new("http://localhost/") };
}
