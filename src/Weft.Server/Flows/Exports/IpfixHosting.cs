using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weft.Analytics.Ipfix;
using Weft.Analytics.Storage;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;

namespace Weft.Server.Flows;

/// <summary>How a host of the server exports flow records.</summary>
static class IpfixHosting
{
    public static IServiceCollection AddIpfixExport(this IServiceCollection services, IReadOnlyList<IpfixCollector> collectors)
    {
        services.AddSingleton(provider => new IpfixExporter(
            collectors, node => provider.GetRequiredService<Cluster>().Current.Find<Node>(ResourceKey.Node(node))?.Number,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<IpfixExporter>>()));
        services.AddSingleton<IFlowTap>(provider => provider.GetRequiredService<IpfixExporter>());
        services.AddHostedService<IpfixWorker>();
        return services;
    }

    sealed class IpfixWorker(IpfixExporter exporter) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            exporter.Start();
            return Task.CompletedTask;
        }

        public async Task StopAsync(CancellationToken cancellationToken) => await exporter.DisposeAsync();
    }
}
