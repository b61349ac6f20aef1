using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Weft.Metrics;

/// <summary>A web server of its own for <c>/metrics</c>, without tokens and without TLS: nothing else can be reached through it.</summary>
public sealed class MetricsListener : IAsyncDisposable
{
    readonly WebApplication _app;

    MetricsListener(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    /// <exception cref="IOException">Somebody else listens there.</exception>
    public static async Task<MetricsListener> StartAsync(IPEndPoint endPoint, MetricScrape scrape, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(endPoint);
            kestrel.AddServerHeader = false;
        });
        var app = builder.Build();
        app.Run(http => AnswerAsync(http, scrape));
        try
        {
            await app.StartAsync(cancellation);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
        return new(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    static Task AnswerAsync(HttpContext http, MetricScrape scrape)
    {
        if (http.Request.Path == "/metrics" && HttpMethods.IsGet(http.Request.Method))
            return scrape.WriteAsync(http);
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
