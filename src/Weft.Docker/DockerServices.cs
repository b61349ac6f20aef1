using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Weft.Agent.Attachments;
using Weft.Agent.State;
using Weft.Docker.Endpoints;
using Weft.Docker.Engine;
using Weft.Docker.Networks;
using Weft.Docker.Plugin;
using Weft.Docker.Publishing;
using Weft.Docker.State;
using Weft.Linux;

namespace Weft.Docker;

/// <summary>Composition of the Docker drivers.</summary>
public static class DockerServices
{
    static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(20);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Adds Docker's network and IPAM driver to an agent, <see cref="Agent.Hosting.AgentHosting.AddWeftAgent"/>: a
    /// plugin socket and a worker, and what finds containers to attach by hand.
    /// </summary>
    public static IServiceCollection AddWeftDocker(this IServiceCollection services, DockerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(_ => new DockerState(options.StateDirectory));
        services.AddSingleton<IDockerEngine>(_ => new DockerEngine(options.Engine));
        services.AddSingleton<FindContainer>(provider => provider.GetRequiredService<IDockerEngine>().FindProcessAsync);
        services.TryAddSingleton<IEndpointPlug, AttacherPlug>();
        services.TryAddSingleton<FaultBoard>();
        services.AddSingleton<PendingPools>();
        services.AddSingleton<NetworkLinker>();
        services.AddSingleton<NetworkRegistrar>();
        services.AddSingleton<NetworkPublisher>();
        services.AddSingleton<IpamDriver>();
        services.AddSingleton<ContainerResolver>();
        services.AddSingleton<EndpointFaults>();
        services.AddSingleton<EndpointNamer>();
        services.AddSingleton<HostPorts>();
        services.AddSingleton<HostForwarder>();
        services.AddSingleton<FindEndpointNamespace>(FindNamespace);
        services.AddSingleton<PortPublisher>();
        services.AddSingleton<EndpointRemover>();
        services.AddSingleton<EndpointDriver>();
        services.AddSingleton<DockerRepair>();
        services.AddSingleton<DockerWorker>();
        services.AddHostedService(Server);
        services.AddHostedService(provider => provider.GetRequiredService<DockerWorker>());
        return services;
    }

    static FindEndpointNamespace FindNamespace(IServiceProvider services)
    {
        var (state, engine) = (services.GetRequiredService<DockerState>(), services.GetRequiredService<IDockerEngine>());
        var time = services.GetRequiredService<TimeProvider>();
        return async (endpoint, cancellation) =>
        {
            // Whose an endpoint is, is known a moment after the start only.
            for (var start = time.GetTimestamp(); state.Endpoints.Find(endpoint) is { } known && time.GetElapsedTime(start) < Patience;)
            {
                if (known.Container is { } container)
                {
                    return await engine.FindProcessAsync(container, cancellation).ConfigureAwait(false) is { } process
                        ? NetNs.OpenProcess(process.Pid)
                        : null;
                }
                await Task.Delay(Wait, time, cancellation).ConfigureAwait(false);
            }
            return null;
        };
    }

    static PluginServer Server(IServiceProvider services) => new(
        services.GetRequiredService<DockerOptions>().PluginSocket,
        new(
            services.GetRequiredService<NetworkRegistrar>(),
            services.GetRequiredService<EndpointDriver>(),
            services.GetRequiredService<PortPublisher>(),
            services.GetRequiredService<IpamDriver>(),
            services.GetRequiredService<DockerWorker>().Wake),
        services.GetRequiredService<ILoggerFactory>());
}
