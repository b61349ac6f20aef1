using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;
using Weft.Agent.Control;
using Weft.Agent.State;
using Weft.Docker.Engine;
using Weft.Docker.State;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Docker.Networks;

/// <summary>Finds or makes the Weft network of a Docker network, and remembers it.</summary>
/// <remarks>
/// Docker tells the driver of a new network by id, options and pools; its name can be asked only after the
/// call has been answered. So a network starts without a link, and gets it when the event of its creation
/// arrives, or when its first endpoint is asked for, whichever comes first.
/// </remarks>
sealed partial class NetworkLinker(
    IDockerEngine engine, IControlPlane control, Latest<AgentState> agent, DockerState state, DockerOptions options,
    ILogger<NetworkLinker> log) : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    readonly SemaphoreSlim _one = new(1);

    /// <summary>The network of an endpoint that is being made.</summary>
    /// <exception cref="DriverException">There is none, with the reason.</exception>
    public async Task<NodeNetwork> ResolveAsync(string dockerId, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            var link = state.Networks.Find(dockerId) is { Network: not null } known
                ? known
                : await LinkAsync(dockerId, limit.Token).ConfigureAwait(false);
            var uid = link.Network!.Value;
            var seen = await agent.WaitForAsync(
                seen => seen.State.Networks.ContainsKey(uid) || IsGone(seen, link), limit.Token).ConfigureAwait(false);
            return seen.State.Networks.GetValueOrDefault(uid)
                ?? throw new DriverException("the Weft network of this Docker network has been deleted; so will this one be");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new DriverException(
                $"network {dockerId[..12]} is not known to Weft yet: neither Docker nor the Weft server answered within "
                + $"{Patience.TotalSeconds} s; `weft status` says more");
        }
    }

    /// <summary>True when the server has deleted what was linked; false while the state is older than the link.</summary>
    public static bool IsGone(AgentState seen, NetworkLink link) =>
        seen.Confirmed && link.Network is { } uid && seen.State.Revision >= link.Revision
        && !seen.State.Networks.ContainsKey(uid);

    public async Task<NetworkLink> LinkAsync(string dockerId, CancellationToken cancellation)
    {
        var network = await engine.InspectNetworkAsync(dockerId, cancellation).ConfigureAwait(false)
            ?? throw new DriverException($"Docker has no network {dockerId}");
        return await LinkAsync(network, cancellation).ConfigureAwait(false)
            ?? throw new DriverException($"Docker is removing network {network.Name}");
    }

    /// <summary>Does nothing when it is linked. Null: Docker is removing it.</summary>
    public async Task<NetworkLink?> LinkAsync(EngineNetwork network, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (state.Leaving.ContainsKey(network.Id))
                return null;
            var known = state.Networks.Find(network.Id);
            var link = known ?? FromDocker(network);
            if (link.Network is null)
            {
                link = await AskAsync(link, network, cancellation).ConfigureAwait(false);
                Linked(network.Name, link.Network!.Value);
            }
            if (link != known)
                state.Networks.Put(network.Id, link);
            return link;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>
    /// Takes the link away for good: waits for one that is being made, and lets none be made after it.
    /// </summary>
    public async Task<NetworkLink?> UnlinkAsync(string dockerId, CancellationToken cancellation)
    {
        state.Leaving[dockerId] = true;
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var link = state.Networks.Find(dockerId);
            state.Networks.Remove(dockerId);
            return link;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    /// <summary>When what we knew of it is lost.</summary>
    static NetworkLink FromDocker(EngineNetwork network)
    {
        var parsed = NetworkOptions.Of(network.Options);
        return new()
        {
            DockerId = network.Id,
            Network = parsed.Uid,
            Project = parsed.Project,
            Name = parsed.Name,
            Mtu = parsed.Mtu,
            Internal = network.Internal,
            OwnAddresses = network.IpamDriver == network.Driver,
            Subnets = [.. network.Pools.Select(pool => new Subnet { Prefix = pool.Prefix, Gateway = pool.Gateway })],
        };
    }

    async Task<NetworkLink> AskAsync(NetworkLink link, EngineNetwork network, CancellationToken cancellation)
    {
        var (project, name) = link.Name is { } given
            ? (link.Project ?? options.DefaultProject, given)
            : DockerNames.ForWeft(network.Name, link.Project, options.DefaultProject);
        try
        {
            var made = await control.CreateNetworkAsync(
                new(project, name, Subnets(link, network), link.Internal, link.Mtu, OrExisting: true, Egress: !link.Internal), cancellation)
                .ConfigureAwait(false);
            return link with { Network = made.Uid, Revision = made.Revision };
        }
        catch (ControlPlaneException answer)
        {
            throw DriverException.From(answer);
        }
    }

    static ImmutableArray<Subnet> Subnets(NetworkLink link, EngineNetwork network) => link.OwnAddresses
        ? link.Subnets
        : [.. link.Subnets.Select(subnet => DockerSubnets.BesideDocker(subnet, RangeOf(network, subnet.Prefix)))];

    static IPNetwork? RangeOf(EngineNetwork network, IPNetwork prefix) =>
        network.Pools.FirstOrDefault(pool => pool.Prefix.Equals(prefix))?.Range;

    [LoggerMessage(LogLevel.Information, "Docker's network {Name} is Weft's network {Uid}")]
    partial void Linked(string name, Guid uid);
}
