using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Weft.Server.Balancing;
using Weft.Server.Enrollment;
using Weft.Server.Flows;

namespace Weft.Server.Sync;

/// <summary>How a host of the server takes in what agents need.</summary>
public static class AgentServices
{
    /// <summary>
    /// Needs, as singletons: <c>Cluster</c> (started by then), <c>StatusBoard</c>, <see cref="CertificateAuthority"/>,
    /// <see cref="JoinTokenCheck"/>, <see cref="TimeProvider"/>.
    /// </summary>
    public static IServiceCollection AddAgentServices(this IServiceCollection services)
    {
        services.AddGrpc().AddServiceOptions<AgentsService>(options => options.MaxReceiveMessageSize = new FlowIngestOptions().MostMessageBytes);
        services.AddSingleton<NodeStateHub>();
        services.TryAddSingleton<TraceBoard>();
        services.AddSingleton<NodeAuthenticator>();
        services.AddSingleton<AgentsService>();
        services.AddSingleton<EnrollmentService>();
        services.AddHostedService<HubLife>();
        services.AddHostedService<BalancerKeeper>();
        return services;
    }

    /// <summary>The gRPC services. They see to their own access: node certificates, and tokens to join.</summary>
    public static void MapAgentServices(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<AgentsService>();
        endpoints.MapGrpcService<EnrollmentService>();
    }

    /// <summary>Streams must end before Kestrel waits for them to.</summary>
    sealed class HubLife(NodeStateHub hub, IHostApplicationLifetime life) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            hub.Start();
            life.ApplicationStopping.Register(hub.EndAll);
            return Task.CompletedTask;
        }

        public async Task StopAsync(CancellationToken cancellationToken) => await hub.DisposeAsync();
    }
}
