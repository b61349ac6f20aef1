using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Weft.ClickHouseServer.Engine;
using Weft.ClickHouseServer.Http;

namespace Weft.ClickHouseServer;

/// <summary>Serves an engine until it is told to end.</summary>
static class Server
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(
        string folder, IPEndPoint endpoint, bool withStandardInput, IEnumerable<string> settings, CancellationToken cancellationToken)
    {
        using var engine = ChdbEngine.Start(folder, settings);
        using var sessions = new Sessions(engine, TimeProvider.System);
        await using var application = Build(endpoint);
        application.MapGet("/ping", context => context.Response.WriteAsync("Ok.\n", context.RequestAborted));
        application.Map("/", new StatementEndpoint(engine, sessions).HandleAsync);
        await application.StartAsync(cancellationToken);
        if (withStandardInput)
            _ = StopWithStandardInputAsync(application.Lifetime);
        var bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        await Console.Out.WriteLineAsync($$"""{"url":{{Json(bound)}},"version":{{Json(engine.Version)}},"pid":{{Environment.ProcessId}}}""");
        await Console.Out.FlushAsync(cancellationToken);
        await application.WaitForShutdownAsync(cancellationToken);
        sessions.Dispose();
        engine.Dispose();
        Libc.Exit(0);
        return 0;
    }

    static WebApplication Build(IPEndPoint endpoint)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace)
            .SetMinimumLevel(LogLevel.Warning);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Patience);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(endpoint);
            options.AllowSynchronousIO = false;
            // ClickHouse's: statements of 1 MiB in the address, bodies of any size and speed.
            options.Limits.MaxRequestLineSize = 2 << 20;
            options.Limits.MaxRequestBufferSize = 4 << 20;
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MinRequestBodyDataRate = null;
            options.Limits.MinResponseDataRate = null;
        });
        return builder.Build();
    }

    static async Task StopWithStandardInputAsync(IHostApplicationLifetime lifetime)
    {
        await using var input = Console.OpenStandardInput();
        await input.CopyToAsync(Stream.Null);
        lifetime.StopApplication();
    }

    static string Json(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
