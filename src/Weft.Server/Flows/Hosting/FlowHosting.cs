using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Weft.Analytics.Storage;
using Weft.Server.Flows.Asking;

namespace Weft.Server.Flows;

/// <summary>How a host of the server takes in flow records.</summary>
public static class FlowHosting
{
    /// <summary>Needs, as a singleton: <see cref="IFlowStore"/>. Without this the server tells nodes that it keeps no records.</summary>
    public static IServiceCollection AddFlowRecords(this IServiceCollection services, FlowOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<FlowBoard>();
        services.AddSingleton(provider => new FlowIntake(
            provider.GetRequiredService<IFlowStore>(), options.Ingest, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<FlowIntake>>())
        {
            Taps = [.. provider.GetServices<IFlowTap>()],
        });
        services.AddSingleton<FlowStreams>();
        services.AddSingleton<FlowAsker>();
        services.AddHostedService<FlowWorker>();
        return services;
    }
}
