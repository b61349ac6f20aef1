using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Weft.Proxy.Doors;
using Weft.Proxy.Forwarding;
using Weft.Proxy.Runtime;

namespace Weft.Proxy;

/// <summary>The proxy of a node: one web server for all load balancers, fed with connections by their doors.</summary>
public static class ProxyServer
{
    static readonly TimeSpan Handshake = TimeSpan.FromSeconds(10);
    static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(130);

    /// <summary>Serves until cancelled, or until there has been no load balancer for a while.</summary>
    public static async Task RunAsync(ProxyOptions options, Action<ILoggingBuilder> logging, CancellationToken cancellation)
    {
        var queues = new ConnectionQueues();
        await using var app = Build(queues, logging);
        await app.StartAsync(CancellationToken.None).ConfigureAwait(false);
        var loggers = app.Services.GetRequiredService<ILoggerFactory>();
        using var contexts = new SocketConnectionContextFactory(new(), loggers.CreateLogger("Weft.Proxy.Sockets"));
        var parts = new ProxyParts(queues, contexts, TimeProvider.System, loggers);
        var runtime = new ProxyRuntime(options, parts, loggers.CreateLogger<ProxyRuntime>());
        await runtime.RunAsync(cancellation).ConfigureAwait(false);
        await app.StopAsync(CancellationToken.None).ConfigureAwait(false);
    }

    static WebApplication Build(ConnectionQueues queues, Action<ILoggingBuilder> logging)
    {
        var builder = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = AppContext.BaseDirectory });
        logging(builder.Logging);
        // Each request would be two lines; what goes wrong with one is told to its client and counted.
        builder.Logging.AddFilter("Yarp", LogLevel.None);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, queues));
        builder.Services.AddSingleton<IConnectionListenerFactory>(queues);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddHttpForwarder();
        builder.Services.AddSingleton<RequestHandler>();
        var app = builder.Build();
        app.Run(app.Services.GetRequiredService<RequestHandler>().HandleAsync);
        return app;
    }

    static void Configure(KestrelServerOptions kestrel, ConnectionQueues queues)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowAlternateSchemes = true;
        kestrel.Limits.MaxRequestBodySize = null;
        // A stream may be as slow as both its ends like; silence has its own limit.
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.KeepAliveTimeout = KeepAlive;
        kestrel.Limits.Http2.MaxStreamsPerConnection = 256;
        kestrel.Listen(queues.Http1, listen => Serve(listen, HttpProtocols.Http1));
        kestrel.Listen(queues.Http2, listen => Serve(listen, HttpProtocols.Http2));
        kestrel.Listen(queues.Tls, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = ChooseCertificate, HandshakeTimeout = Handshake });
            Serve(listen, HttpProtocols.Http1AndHttp2);
        });
    }

    static void Serve(ListenOptions listen, HttpProtocols protocols)
    {
        listen.Protocols = protocols;
        listen.Use(next => connection =>
        {
            connection.Features.Get<ClientConnection>()?.Attach(connection.Features.Get<IConnectionLifetimeNotificationFeature>());
            return next(connection);
        });
    }

    static ValueTask<SslServerAuthenticationOptions> ChooseCertificate(TlsHandshakeCallbackContext handshake)
    {
        var door = handshake.Connection.Features.Get<ClientConnection>()?.Door;
        var certificate = door?.Model.Certificates.Find(handshake.ClientHelloInfo.ServerName)
            ?? throw new AuthenticationException("the listener has no certificate");
        return new(new SslServerAuthenticationOptions { ServerCertificateContext = certificate });
    }
}
