using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;
using Weft.Agent.Control;
using Weft.Agent.State;
using Weft.Docker.Endpoints;
using Weft.Docker.Engine;
using Weft.Docker.State;
using Weft.Model.State;

namespace Weft.Docker;

/// <summary>
/// Releases what Docker no longer has: endpoints, ports and reservations of this node. Nothing is taken that is
/// young enough to be still in the making.
/// </summary>
sealed partial class DockerRepair(
    IDockerEngine engine, IControlPlane control, Latest<AgentState> agent, DockerState state, EndpointRemover remover,
    TimeProvider time, ILogger<DockerRepair> log)
{
    static readonly TimeSpan Youth = TimeSpan.FromSeconds(30);

    // When something was first seen without an owner.
    readonly Dictionary<(Guid Network, IPAddress Address), DateTimeOffset> _orphans = [];

    public async Task PassAsync(CancellationToken cancellation)
    {
        var seen = agent.Value;
        if (!seen.Confirmed || !seen.Connected)
            return;
        var reservations = await control.ListReservationsAsync(cancellation).ConfigureAwait(false);
        var live = await LookAsync(seen, reservations, cancellation).ConfigureAwait(false);
        await RemoveRecordsAsync(live, cancellation).ConfigureAwait(false);
        var orphans = PortsOf(seen, live).Concat(
            reservations.Where(lease => !live.Holds(lease.Network, lease.Address))
                .Select(lease => (Key: (lease.Network, lease.Address), Port: (NodePort?)null))).ToList();
        await ReleaseAsync(orphans, cancellation).ConfigureAwait(false);
    }

    /// <summary>Asks for the networks only that have anything to do with this node: there may be thousands.</summary>
    async Task<LiveEndpoints> LookAsync(
        AgentState seen, ImmutableArray<AddressLease> reservations, CancellationToken cancellation)
    {
        var used = state.Endpoints.All.Values.Select(endpoint => endpoint.Network)
            .Concat(seen.State.Ports.Values.Where(port => IsOurs(seen, port)).Select(port => port.Network))
            .Concat(reservations.Select(lease => lease.Network)).ToHashSet();
        var live = new LiveEndpoints();
        foreach (var link in state.Networks.All.Values.Where(link => link.Network is { } uid && used.Contains(uid)))
        {
            if (await engine.InspectNetworkAsync(link.DockerId, cancellation).ConfigureAwait(false) is { } network)
                live.Add(link.Network!.Value, network);
        }
        return live;
    }

    static bool IsOurs(AgentState seen, NodePort port) =>
        port.NodeNumber == seen.NodeNumber && port.Owner == EndpointRemover.Owner;

    async Task RemoveRecordsAsync(LiveEndpoints live, CancellationToken cancellation)
    {
        var old = time.GetUtcNow() - Youth;
        foreach (var endpoint in state.Endpoints.All.Values
            .Where(endpoint => endpoint.Created < old && !live.Ids.Contains(endpoint.EndpointId)).ToList())
        {
            Releasing($"endpoint {endpoint.EndpointId}");
            await remover.RemoveAsync(endpoint, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Ports of this node's Docker that no endpoint stands for.</summary>
    IEnumerable<((Guid Network, IPAddress Address) Key, NodePort? Port)> PortsOf(AgentState seen, LiveEndpoints live)
    {
        var recorded = state.Endpoints.All.Values.Select(endpoint => endpoint.Port).ToHashSet();
        return seen.State.Ports.Values
            .Where(port => IsOurs(seen, port) && !recorded.Contains(port.Uid) && !port.Addresses.Any(address => live.Holds(port.Network, address)))
            .Select(port => (Key: (port.Network, port.Addresses.FirstOrDefault(IPAddress.None)), Port: (NodePort?)port));
    }

    async Task ReleaseAsync(
        List<((Guid Network, IPAddress Address) Key, NodePort? Port)> orphans, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var keys = orphans.Select(orphan => orphan.Key).ToHashSet();
        foreach (var gone in _orphans.Keys.Where(key => !keys.Contains(key)).ToList())
            _orphans.Remove(gone);
        foreach (var (key, port) in orphans)
        {
            if (_orphans.TryAdd(key, now) || now - _orphans[key] < Youth)
                continue;
            Releasing(port is null ? $"reservation {key.Address}" : $"port {port.Name}");
            if (port is null)
                await control.ReleaseAddressAsync(key.Network, key.Address, cancellation).ConfigureAwait(false);
            else
                await remover.RemoveAsync(port.Uid, "", cancellation).ConfigureAwait(false);
        }
    }

    [LoggerMessage(LogLevel.Information, "releasing {What}: Docker has no container for it")]
    partial void Releasing(string what);

    /// <summary>What Docker has attached now.</summary>
    sealed class LiveEndpoints
    {
        readonly HashSet<(Guid Network, IPAddress Address)> _addresses = [];

        public HashSet<string> Ids { get; } = new(StringComparer.Ordinal);

        public void Add(Guid uid, EngineNetwork network)
        {
            foreach (var endpoint in network.Endpoints)
            {
                Ids.Add(endpoint.Id);
                _addresses.UnionWith(endpoint.Addresses.Select(address => (uid, address)));
            }
        }

        public bool Holds(Guid network, IPAddress address) => _addresses.Contains((network, address));
    }
}
