using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;
using Weft.Agent.Control;
using Weft.Docker.Engine;
using Weft.Docker.Publishing;
using Weft.Docker.State;
using Weft.Model.Addressing;

namespace Weft.Docker.Endpoints;

/// <summary>Takes endpoints away: interfaces at once, ports from the server when it answers.</summary>
sealed partial class EndpointRemover(
    IDockerEngine engine, IControlPlane control, IEndpointPlug plug, DockerState state, EndpointFaults faults,
    HostPorts ports,     ILogger<EndpointRemover> log)
{
    /// <summary>Of ports that Docker made.</summary>
    public const string Owner = "docker";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task RemoveAsync(EndpointRecord endpoint, CancellationToken cancellation)
    {
        ports.Release(endpoint.EndpointId);
        await RemoveAsync(endpoint.Port, endpoint.DockerNetwork, cancellation).ConfigureAwait(false);
        state.Endpoints.Remove(endpoint.EndpointId);
        faults.Clear(endpoint.EndpointId);
    }

    /// <summary>Does not fail for a server that is away: the repair tells it later.</summary>
    public async Task RemoveAsync(Guid port, string dockerNetwork, CancellationToken cancellation)
    {
        await plug.RemoveAsync(port, cancellation).ConfigureAwait(false);
        try
        {
            // With addresses of ours, Docker gives them back by itself, right after this.
            var keep = state.Networks.Find(dockerNetwork)?.OwnAddresses ?? false;
            await control.DeletePortAsync(port, keep, cancellation).ConfigureAwait(false);
        }
        catch (ControlPlaneException answer) when (answer.Error is ControlPlaneError.NotFound or ControlPlaneError.Unavailable)
        {
        }
    }

    /// <summary>
    /// Removes endpoints that Docker forgot without a word, as it does when it comes up again after a crash, and
    /// that hold what it now gives to another.
    /// </summary>
    public async Task RemoveStaleAsync(
        string dockerNetwork, ImmutableArray<IPAddress> addresses, MacAddress? mac, CancellationToken cancellation)
    {
        var holders = state.Endpoints.All.Values
            .Where(other => other.DockerNetwork == dockerNetwork && (other.Mac == mac || other.Addresses.Any(addresses.Contains)))
            .ToList();
        if (holders.Count == 0)
            return;
        var live = await LiveAsync(dockerNetwork, cancellation).ConfigureAwait(false);
        foreach (var holder in holders.Where(holder => !live.Contains(holder.EndpointId)))
        {
            Stale(holder.EndpointId);
            await RemoveAsync(holder, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Empty also while dockerd is coming up and answers nobody: then it has not attached anything yet.</summary>
    async Task<ImmutableHashSet<string>> LiveAsync(string dockerNetwork, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            var network = await engine.InspectNetworkAsync(dockerNetwork, limit.Token).ConfigureAwait(false);
            return [.. network?.Endpoints.Select(endpoint => endpoint.Id) ?? []];
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            return [];
        }
    }

    [LoggerMessage(LogLevel.Information, "endpoint {Endpoint} is stale: Docker gives its address to another")]
    partial void Stale(string endpoint);
}
