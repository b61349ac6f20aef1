using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Weft.Agent.Control;
using Weft.Docker;
using Weft.Docker.Endpoints;
using Weft.Docker.Engine;
using Weft.Model.State;

namespace Weft.Tests.Docker;

/// <summary>The drivers behind their socket, with a server, a dockerd and attachments in memory.</summary>
sealed class DriverHost : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    readonly ServiceProvider _services;
    readonly HttpClient _client;
    readonly string _folder;
    readonly bool _ownsFolder;

    DriverHost(string? folder, MemoryControlPlane server, MemoryEngine? engine, TimeProvider time)
    {
        _ownsFolder = folder is null;
        _folder = folder ?? Directory.CreateTempSubdirectory("weft-driver-").FullName;
        Server = server;
        Engine = engine ?? new MemoryEngine { Root = Path.Combine(_folder, "root") };
        var options = new DockerOptions
        {
            PluginSocket = Path.Combine(_folder, "plugins", "weft.sock"),
            StateDirectory = Path.Combine(_folder, "state"),
            ResolvConf = Path.Combine(_folder, "resolv.conf"),
        };
        File.WriteAllText(options.ResolvConf, "nameserver 192.0.2.53\n");
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(time)
            .AddSingleton<IControlPlane>(server)
            .AddSingleton(server.Agent)
            .AddSingleton<IEndpointPlug>(Plug)
            .AddWeftDocker(options)
            .AddSingleton<IDockerEngine>(Engine)
            .BuildServiceProvider();
        _client = new(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(options.PluginSocket), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { BaseAddress = new("http://plugin") };
    }

    internal MemoryControlPlane Server { get; }

    internal MemoryEngine Engine { get; }

    internal MemoryPlug Plug { get; } = new();

    internal string Folder => _folder;

    internal static async Task<DriverHost> StartAsync(
        string? folder = null, MemoryControlPlane? server = null, MemoryEngine? engine = null, TimeProvider? time = null)
    {
        var host = new DriverHost(folder, server ?? new(), engine, time ?? TimeProvider.System);
        foreach (var service in host._services.GetServices<IHostedService>())
            await service.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    /// <summary>A network that Docker has made and named, linked.</summary>
    /// <returns>Its id in Docker.</returns>
    internal async Task<string> CreateNetworkAsync(string name, string prefix)
    {
        var id = MemoryEngine.IdOf(name);
        var answer = await CallAsync(
            "NetworkDriver.CreateNetwork",
            $$$"""{"NetworkID":"{{{id}}}","Options":{},"IPv4Data":[{"AddressSpace":"LocalDefault","Pool":"{{{prefix}}}"}],"IPv6Data":[]}""");
        Assert.Equal("{}", answer);
        Engine.Add(name, "weft", "default", prefix);
        await EventuallyAsync(() => Server.State.Networks.Values.Any(network => network.Name == name));
        return id;
    }

    internal Task<string> CreateEndpointAsync(string network, string endpoint, string address) => CallAsync(
        "NetworkDriver.CreateEndpoint",
        $$$"""{"NetworkID":"{{{network}}}","EndpointID":"{{{endpoint}}}","Interface":{"Address":"{{{address}}}","AddressIPv6":"","MacAddress":""},"Options":{}}""");

    /// <summary>As Docker calls.</summary>
    internal async Task<string> CallAsync(string method, string? body = null)
    {
        using var answer = await SendAsync(method, body);
        Assert.Equal("application/vnd.docker.plugins.v1.1+json", answer.Content.Headers.ContentType?.ToString());
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    internal async Task<HttpResponseMessage> SendAsync(string method, string? body)
    {
        using var content = new StringContent(body ?? "");
        content.Headers.ContentType = new MediaTypeHeaderValue("application/vnd.docker.plugins.v1.1+json");
        return await _client.PostAsync(new Uri("/" + method, UriKind.Relative), content, TestContext.Current.CancellationToken);
    }

    internal T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    internal static async Task EventuallyAsync(Func<bool> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        while (!condition())
            await Task.Delay(TimeSpan.FromMilliseconds(5), limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
            await service.StopAsync(CancellationToken.None);
        _client.Dispose();
        await _services.DisposeAsync();
        if (_ownsFolder)
            Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Remembers what is plugged in.</summary>
sealed class MemoryPlug : IEndpointPlug
{
    internal HashSet<Guid> Ports { get; } = [];

    internal bool Fails { get; set; }

    public Task<string> PrepareAsync(NodeNetwork network, NodePort port, CancellationToken cancellation)
    {
        if (Fails)
            return Task.FromException<string>(new IOException("no interface could be made"));
        Ports.Add(port.Uid);
        return Task.FromResult("weftc1");
    }

    public Task RemoveAsync(Guid port, CancellationToken cancellation)
    {
        Ports.Remove(port);
        return Task.CompletedTask;
    }
}
