using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Weft.Analytics.Ipfix;
using Weft.Analytics.Storage;
using Weft.Metrics;
using Weft.Server.Access;
using Weft.Server.Commits;
using Weft.Server.Flows;
using Weft.Server.Rest;
using Weft.Server.Status;
using Weft.Server.Sync;

namespace Weft.Server.Metrics;

/// <summary>Metrics of the server, for <c>/metrics</c>.</summary>
static class MetricHosting
{
    public static IServiceCollection AddServerMetrics(this IServiceCollection services)
    {
        services.AddSingleton<ApiMetrics>();
        services.AddSingleton<NetworkMetrics>();
        services.AddSingleton<IFlowTap>(provider => provider.GetRequiredService<NetworkMetrics>());
        services.AddSingleton(provider => new MetricScrape(Sources(provider)));
        return services;
    }

    /// <summary>For who reads the API as a whole, and for tokens that may do nothing else.</summary>
    public static void MapMetrics(this WebApplication app, TokenKeeper tokens)
    {
        var scrape = app.Services.GetRequiredService<MetricScrape>();
        app.MapGet("/metrics", async http =>
        {
            if (TrustedListener.IsTrusted(http) || tokens.MayScrape(AccessFilter.BearerOf(http)))
                await scrape.WriteAsync(http);
            else if (AccessFilter.BearerOf(http) is { } token && tokens.FindCaller(token) is not null)
                await Problem.Forbidden("metrics are of all projects: they take a token of the role monitor or admin").WriteAsync(http);
            else
                await UnauthorizedAsync(http);
        }).ExcludeFromDescription();
    }

    static Task UnauthorizedAsync(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer";
        return Problem.Unauthorized(AccessFilter.BearerOf(http) is not null).WriteAsync(http);
    }

    static IEnumerable<IMetricSource> Sources(IServiceProvider provider)
    {
        var (cluster, board) = (provider.GetRequiredService<Cluster>(), provider.GetRequiredService<StatusBoard>());
        yield return new ProcessMetrics();
        yield return new ClusterMetrics(cluster, board, provider.GetService<NodeStateHub>());
        yield return new BalancerMetrics(cluster, board);
        yield return provider.GetRequiredService<ApiMetrics>();
        if (provider.GetService<FlowBoard>() is { } flows)
        {
            yield return new FlowMetrics(flows, provider.GetRequiredService<FlowIntake>(), provider.GetRequiredService<IFlowStore>());
            yield return provider.GetRequiredService<NetworkMetrics>();
        }
        if (provider.GetService<IpfixExporter>() is { } exporter)
            yield return new IpfixMetrics(exporter);
        foreach (var source in provider.GetServices<IMetricSource>())
            yield return source;
    }
}
