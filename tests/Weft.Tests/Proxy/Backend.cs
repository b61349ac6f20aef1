using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Weft.Model.Proxying;
using Weft.Protocol.V1;

namespace Weft.Tests.Proxy;

/// <summary>A real web server that says its name, what it was asked, and speaks WebSocket and gRPC.</summary>
sealed class Backend : IAsyncDisposable
{
    readonly WebApplication app;
    readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int hits;

    Backend(WebApplication app, string name) => (this.app, Name) = (app, name);

    public string Name { get; }

    public IPEndPoint EndPoint { get; private set; } = null!;

    public int Hits => Volatile.Read(ref hits);

    /// <summary>Requests that have begun to wait.</summary>
    public ConcurrentQueue<string> Waiting { get; } = new();

    public static async Task<Backend> StartAsync(
        string name, HttpProtocols protocols = HttpProtocols.Http1, TestCertificate? certificate = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = protocols;
            if (certificate is not null)
                listen.UseHttps(certificate.Certificate);
        }));
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        var app = builder.Build();
        var backend = new Backend(app, name);
        app.UseWebSockets();
        app.UseRouting();
        app.MapGrpcService<Echo>();
        app.MapFallback(backend.AnswerAsync);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        backend.EndPoint = new(IPAddress.Loopback, new Uri(address).Port);
        return backend;
    }

    public ProxyMember Member(int weight = 1, bool healthy = true, uint limit = 0) => new()
    {
        Id = Name,
        Address = EndPoint.Address,
        Port = (ushort)EndPoint.Port,
        Weight = weight,
        Healthy = healthy,
        MaxConnections = limit,
    };

    /// <summary>Lets requests for /wait end.</summary>
    public void Release() => released.TrySetResult();

    /// <summary>As when a process is killed: connections end where they are.</summary>
    public async Task KillAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
    }

    public ValueTask DisposeAsync()
    {
        Release();
        return app.DisposeAsync();
    }

    async Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref hits);
        context.Response.Headers["X-Member"] = Name;
        context.Response.Headers["X-Secret"] = "inner";
        switch (context.Request.Path.Value)
        {
            case "/ws":
                await EchoSocketAsync(context);
                return;
            case "/wait":
                Waiting.Enqueue(context.TraceIdentifier);
                await released.Task.WaitAsync(context.RequestAborted);
                break;
            case "/hang":
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                break;
            case "/fail":
                context.Response.StatusCode = 500;
                break;
            case "/upload":
                await context.Response.WriteAsync((await CountAsync(context.Request.Body)).ToString());
                return;
        }
        await context.Response.WriteAsync(Describe(context));
    }

    /// <summary>Lines that tests look for.</summary>
    static string Describe(HttpContext context)
    {
        var request = context.Request;
        var headers = request.Headers.SelectMany(header => header.Value, (header, value) => $"{header.Key.ToLowerInvariant()}: {value}");
        return $"{request.Method} {request.Path}{request.QueryString} {request.Protocol}\n" + string.Join('\n', headers) + "\n";
    }

    static async Task<long> CountAsync(Stream body)
    {
        var buffer = new byte[8192];
        var total = 0L;
        for (int read; (read = await body.ReadAsync(buffer)) > 0;)
            total += read;
        return total;
    }

    static async Task EchoSocketAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[1024];
        while (true)
        {
            var message = await socket.ReceiveAsync(buffer, context.RequestAborted);
            if (message.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
                return;
            }
            await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, context.RequestAborted);
        }
    }

    /// <summary>A gRPC service with a stream both ways: the one that the tests have at hand.</summary>
    sealed class Echo : Agents.AgentsBase
    {
        public override async Task Sync(
            IAsyncStreamReader<AgentReport> requestStream, IServerStreamWriter<NodeUpdate> responseStream, ServerCallContext context)
        {
            var number = 0UL;
            await foreach (var _ in requestStream.ReadAllAsync(context.CancellationToken))
                await responseStream.WriteAsync(new() { Sequence = ++number }, context.CancellationToken);
            context.ResponseTrailers.Add("x-count", number.ToString());
        }

        public override Task<DeleteReply> DeletePort(DeletePortRequest request, ServerCallContext context) =>
            throw new RpcException(new(StatusCode.NotFound, "no such port"));
    }
}
