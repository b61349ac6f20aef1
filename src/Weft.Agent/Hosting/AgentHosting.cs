using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weft.Agent.Attachments;
using Weft.Agent.Control;
using Weft.Agent.Flows;
using Weft.Agent.Local;
using Weft.Agent.Metrics;
using Weft.Agent.Proxying;
using Weft.Agent.Runtime;
using Weft.Agent.State;
using Weft.Agent.Tracing;
using Weft.Metrics;

namespace Weft.Agent.Hosting;

/// <summary>Puts the agent into a host.</summary>
public static class AgentHosting
{
    /// <summary>
    /// The runtime, attaching, names and the local API. The host adds an <see cref="IControlPlane"/>, something that
    /// publishes <c>Latest&lt;AgentState&gt;</c>, and may add a <see cref="FindContainer"/>.
    /// </summary>
    public static IServiceCollection AddWeftAgent(this IServiceCollection services, AgentOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.TryAddSingleton(new Latest<AgentState>(AgentState.Initial));
        services.TryAddSingleton<FaultBoard>();
        services.TryAddSingleton<ProxyReports>();
        services.TryAddSingleton<TraceBell>();
        services.AddSingleton(provider => new FlowRecords(options, provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(new Latest<AgentStatus>(AgentStatus.Initial));
        services.AddSingleton(_ => HostNetwork.OpenCurrent());
        services.AddSingleton(_ => new PortRegistry(new AttachmentStore(options.StateDirectory), options.MaxFlowsPerPort));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<AttachmentKeeper>(provider));
        services.AddSingleton(provider => new AgentRuntime(
            options,
            provider.GetRequiredService<HostNetwork>(),
            provider.GetRequiredService<Latest<AgentState>>(),
            provider.GetRequiredService<Latest<AgentStatus>>(),
            provider.GetRequiredService<PortRegistry>(),
            provider.GetRequiredService<AttachmentKeeper>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>())
        {
            OtherFaults = provider.GetRequiredService<FaultBoard>(),
            Proxied = provider.GetRequiredService<ProxyReports>(),
            Traces = provider.GetRequiredService<TraceBell>(),
            Flows = provider.GetRequiredService<FlowRecords>(),
        });
        services.AddSingleton(provider => new Attacher(
            options,
            provider.GetRequiredService<Latest<AgentState>>(),
            provider.GetRequiredService<IControlPlane>(),
            provider.GetRequiredService<PortRegistry>(),
            provider.GetRequiredService<HostNetwork>(),
            provider.GetRequiredService<AgentRuntime>(),
            provider.GetService<FindContainer>(),
            provider.GetRequiredService<ILogger<Attacher>>()));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<LocalInspection>(provider));
        services.AddSingleton(provider => new MetricScrape(
        [
            new ProcessMetrics(),
            ActivatorUtilities.CreateInstance<VrouterMetrics>(provider),
            ActivatorUtilities.CreateInstance<NodeMetrics>(provider),
            .. provider.GetServices<IMetricSource>(),
        ]));
        services.AddHostedService<AgentWorker>();
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<ProxyKeeper>(provider));
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<LocalApi>(provider));
        return services;
    }
}

/// <summary>Runs the agent for as long as its host; when the agent cannot go on, neither does the host.</summary>
sealed class AgentWorker(AgentRuntime runtime) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(() => runtime.RunAsync(stoppingToken), stoppingToken);
}
