using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weft.Agent.Attachments;
using Weft.Agent.Control;
using Weft.Agent.Fabric;
using Weft.Agent.Flows;
using Weft.Agent.Runtime;
using Weft.Agent.State;
using Weft.Agent.Sync;
using Weft.Agent.Tracing;
using Weft.Protocol.V1;

namespace Weft.Agent.Hosting;

/// <summary>Puts the link to the server into an agent's host.</summary>
public static class ServerLinkHosting
{
    /// <summary>
    /// Beside <see cref="AgentHosting.AddWeftAgent"/>: joins, follows the node's state, carries the drivers' calls.
    /// </summary>
    /// <param name="options">With <see cref="AgentOptions.ServerUrl"/>.</param>
    public static IServiceCollection AddWeftServerLink(this IServiceCollection services, AgentOptions options)
    {
        services.AddSingleton(new ServerLinkOptions
        {
            Server = options.ServerUrl ?? throw new ArgumentException("a link needs a server", nameof(options)),
            Token = options.Token,
            NodeName = options.NodeName,
            StateDirectory = options.StateDirectory,
        });
        services.AddSingleton(new Latest<FabricEndpoint>(FabricEndpoint.Unknown));
        services.AddSingleton(provider => new ServerLink(
            provider.GetRequiredService<ServerLinkOptions>(),
            provider.GetRequiredService<Latest<AgentState>>(),
            provider.GetRequiredService<Latest<AgentStatus>>(),
            provider.GetRequiredService<Latest<FabricEndpoint>>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ServerLink>>())
        {
            Traces = provider.GetRequiredService<TraceBell>(),
        });
        services.AddSingleton<IControlPlane, ControlPlaneClient>();
        services.AddHostedService<ServerLinkWorker>();
        if (options.FlowRecords)
            services.AddHostedService<FlowSenderWorker>();
        services.AddHostedService(provider => new FabricWatcher(
            options,
            provider.GetRequiredService<HostNetwork>(),
            provider.GetRequiredService<AgentRuntime>(),
            provider.GetRequiredService<Latest<FabricEndpoint>>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<FabricWatcher>>()));
        return services;
    }
}

sealed class ServerLinkWorker(ServerLink link) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Run(() => link.RunAsync(stoppingToken), stoppingToken);
}

/// <summary>Brings flow records to the server while there is one.</summary>
sealed class FlowSenderWorker(FlowRecords records, ServerLink link, TimeProvider time, ILogger<FlowSender> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var spool = await records.Spool.WaitAsync(stoppingToken).ConfigureAwait(false);
        await new FlowSender(spool, CallsAsync, records.Sending, records.Offset, new(), time, logger).RunAsync(stoppingToken).ConfigureAwait(false);
    }

    async Task<Agents.AgentsClient?> CallsAsync(CancellationToken cancellation)
    {
        await link.Status.WaitForAsync(status => status.Connected, cancellation).ConfigureAwait(false);
        return link.Calls;
    }
}

/// <summary>
/// Tells the link where other nodes reach this one. The runtime knows, but only once the node has joined; and it cannot
/// join before it knows.
/// </summary>
sealed partial class FabricWatcher(
    AgentOptions options, HostNetwork host, AgentRuntime runtime, Latest<FabricEndpoint> endpoint, TimeProvider time,
    ILogger<FabricWatcher> logger)
    : BackgroundService
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    bool _warned;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
            Look();
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    void Look()
    {
        var found = runtime.Fabric ?? FabricDetector.Detect(host.Netlink, options);
        if (found is null && !_warned)
            LogNoFabric(options.FabricInterface ?? options.FabricAddress?.ToString() ?? "any interface");
        _warned = found is null;
        var next = found is null ? FabricEndpoint.Unknown : new FabricEndpoint(found.Address, found.Mtu);
        if (next == endpoint.Value)
            return;
        endpoint.Publish(next);
        if (found is not null)
            LogFabric(found.Address, found.Interface, found.Mtu);
    }

    [LoggerMessage(LogLevel.Information, "other nodes reach this one at {Address}, {Interface}, MTU {Mtu}")]
    partial void LogFabric(System.Net.IPAddress address, string @interface, int mtu);

    [LoggerMessage(LogLevel.Warning, "no address for other nodes on {Where}: looking on")]
    partial void LogNoFabric(string where);
}
