using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weft.Analytics.Storage;
using Weft.Analytics.Storage.ClickHouse;
using Weft.Analytics.Storage.DuckDb;
using Weft.Model.Json;
using Weft.Server.Access;
using Weft.Server.Commits;
using Weft.Server.Enrollment;
using Weft.Server.Flows;
using Weft.Server.Flows.Asking;
using Weft.Server.Metrics;
using Weft.Server.Rest;
using Weft.Server.Status;
using Weft.Server.Sync;
using Weft.Store;
using Weft.Store.Sqlite;

namespace Weft.Server.Hosting;

/// <summary>The server as a part of a web application: <see cref="AddWeftServer"/>, build, <see cref="MapWeftServer"/>, run.</summary>
public static class WeftServer
{
    /// <summary>
    /// Registers the server and its listeners. Opening store and authority happens when the application
    /// starts, and fails with <see cref="StoreException"/> or <see cref="IOException"/>.
    /// </summary>
    public static WebApplicationBuilder AddWeftServer(this WebApplicationBuilder builder, ServerOptions options)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<IResourceStore>(_ => SqliteStore.Open(new() { Path = Path.Combine(DataFolder(options), "weft.db") }));
        services.AddSingleton(provider => CertificateAuthority.Open(DataFolder(options), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new ServerCertificate(
            provider.GetRequiredService<CertificateAuthority>(), CertificateOptions(options), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new Cluster(
            provider.GetRequiredService<IResourceStore>(), options.Cluster,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Cluster>>()));
        services.AddSingleton(provider => new TokenKeeper(
            provider.GetRequiredService<Cluster>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<CertificateAuthority>().Fingerprint));
        services.AddSingleton<StatusBoard>();
        services.TryAddSingleton<TraceBoard>();
        services.AddHostedService<ClusterLifetime>();
        if (options.Flows is { } flows)
        {
            services.TryAddSingleton(provider => StoreOf(flows, options, provider.GetRequiredService<TimeProvider>()));
            services.AddFlowRecords(flows);
        }
        services.AddServerMetrics();
        if (options.Collectors.Count > 0)
            services.AddIpfixExport(options.Collectors);
        services.AddWeftOpenApi();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, WeftJson.Default);
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.DefaultIgnoreCondition = WeftJson.Default.Options.DefaultIgnoreCondition;
            foreach (var converter in WeftJson.Default.Options.Converters)
                json.SerializerOptions.Converters.Add(converter);
            json.SerializerOptions.Converters.Add(new VerdictConverter());
            json.SerializerOptions.Converters.Add(new GateKindConverter());
        });
        services.Configure<Microsoft.AspNetCore.Routing.RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = ServerSockets.Bind);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));
        return builder;
    }

    /// <summary>Maps the REST API, its description and the health endpoints.</summary>
    public static WebApplication MapWeftServer(this WebApplication app)
    {
        var tokens = app.Services.GetRequiredService<TokenKeeper>();
        app.UseWhen(RequestTraces.IsTraced, api => api.Use(RequestTraces.InvokeAsync));
        app.UseWhen(
            http => http.Request.Path.StartsWithSegments("/api"),
            api => api.Use(app.Services.GetRequiredService<ApiMetrics>().MeasureAsync)); // outside: it sees what became of faults
        app.UseMiddleware<ProblemMiddleware>();
        app.UseWhen(
            http => http.Request.Path.StartsWithSegments("/api"),
            api => api.Use((http, next) => AccessFilter.InvokeAsync(http, tokens, next)));
        app.MapMetrics(tokens);
        app.MapRestApi(new(
            app.Services.GetRequiredService<Cluster>(), app.Services.GetRequiredService<StatusBoard>(),
            app.Services.GetRequiredService<TraceBoard>(), tokens,
            app.Services.GetRequiredService<TimeProvider>(), app.Services.GetService<FlowAsker>(),
            app.Lifetime.ApplicationStopping));
        return app;
    }

    static void Listen(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.UseAgentKeepAlive();
        if (options.UnixSocket is { } path)
        {
            kestrel.ListenUnixSocket(path, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Trust();
            });
        }
        var certificate = kestrel.ApplicationServices.GetRequiredService<ServerCertificate>();
        foreach (var endPoint in options.Listen)
            kestrel.Listen(endPoint, listen => listen.UseClusterTls(certificate));
    }

    static ServerCertificateOptions CertificateOptions(ServerOptions options) => new()
    {
        Names = [.. options.Names.Where(name => !System.Net.IPAddress.TryParse(name, out _))],
        Addresses = [.. options.Names.Where(name => System.Net.IPAddress.TryParse(name, out _)).Select(System.Net.IPAddress.Parse)],
    };

    static IFlowStore StoreOf(FlowOptions flows, ServerOptions options, TimeProvider time) => flows.ClickHouse is { } clickHouse
        ? new ClickHouseFlowStore(clickHouse, time)
        : new DuckDbFlowStore(new(flows.Folder ?? Path.Combine(DataFolder(options), "flows")), time);

    static string DataFolder(ServerOptions options)
    {
        Directory.CreateDirectory(options.DataDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return options.DataDirectory;
    }
}
