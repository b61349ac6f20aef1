using System.Collections.Immutable;
using System.Net;
using Weft.Agent.Control;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Kernel.Tests.Agent;

/// <summary>
/// A server's worth of state for agents under test: networks and ports in memory, told to every agent at once. What
/// the real one does with stores and streams is tested with it; here only its words matter.
/// </summary>
sealed class TestCluster : IAsyncDisposable
{
    readonly Lock _lock = new();
    readonly List<TestAgent> _agents = [];
    readonly Dictionary<string, int> _lastHost = [];
    NodeState _all = NodeState.Empty;

    internal NodeState State
    {
        get
        {
            lock (_lock)
                return _all;
        }
    }

    internal NodeNetwork Network(string name, uint vni, string[] prefixes, string project = "default")
    {
        var subnets = prefixes.Select(text =>
        {
            var prefix = IPNetwork.Parse(text);
            return new Subnet { Prefix = prefix, Gateway = Address(prefix, 1) };
        });
        var network = new NodeNetwork(Guid.NewGuid(), project, name, vni, [.. subnets], false, 0, 1);
        Change(state => state with { Networks = state.Networks.Add(network.Uid, network) });
        return network;
    }

    internal TestAgent Agent(Topology topology, TestNode node)
    {
        lock (_lock)
        {
            var agent = new TestAgent(this, topology, node, (uint)_agents.Count + 1);
            _agents.Add(agent);
            return agent;
        }
    }

    internal NodePort CreatePort(PortRequest request, uint node)
    {
        lock (_lock)
        {
            var network = _all.Networks[request.Network];
            var same = _all.Ports.Values.FirstOrDefault(port => port.Network == network.Uid && port.Name == request.Name);
            if (same is not null && !(request.OrExisting && same.NodeNumber is var at && (at == 0 || at == node)))
                throw new ControlPlaneException(ControlPlaneError.AlreadyExists, $"port {same.Name} exists", [new("name", "taken")]);
            var number = _lastHost[network.Name] = _lastHost.GetValueOrDefault(network.Name, 9) + 1;
            var port = same is not null
                ? same with { NodeNumber = node }
                : new(
                    Guid.NewGuid(), network.Project, request.Name ?? $"port-{number}", network.Uid,
                    request.Mac ?? new MacAddress(0x02_00_00_00_00_00UL | network.Vni << 16 | (uint)number),
                    request.Addresses.IsEmpty ? [.. network.Subnets.Select(subnet => Address(subnet.Prefix, number))] : request.Addresses,
                    node, request.Aliases, request.Device, request.Owner, 1);
            Change_NeedsLock(state => state with { Ports = state.Ports.SetItem(port.Uid, port) });
            return port;
        }
    }

    internal void ChangePort(Guid uid, Func<NodePort, NodePort?> change) => Change(state =>
        !state.Ports.TryGetValue(uid, out var port) ? state
        : change(port) is { } next ? state with { Ports = state.Ports.SetItem(uid, next) }
        : state with { Ports = state.Ports.Remove(uid) });

    internal void Change(Func<NodeState, NodeState> change)
    {
        lock (_lock)
            Change_NeedsLock(change);
    }

    /// <summary>
    /// Every running agent has in the kernel what has been told up to now. Other nodes hear of a port in their own time:
    /// until then they have no route to it.
    /// </summary>
    internal async Task AppliedAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        var revision = State.Revision;
        foreach (var agent in _agents.Where(agent => agent.IsRunning))
            await agent.Status.WaitForAsync(status => status.AppliedRevision >= revision, limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents)
            await agent.DisposeAsync();
    }

    /// <summary>What a node gets: all but itself as a peer.</summary>
    internal NodeState StateFor(uint number)
    {
        lock (_lock)
            return _all with { Peers = _all.Peers.Remove(number) };
    }

    internal void AddNode(NodePeer peer) => Change(state => state with { Peers = state.Peers.SetItem(peer.Number, peer) });

    void Change_NeedsLock(Func<NodeState, NodeState> change)
    {
        _all = change(_all) with { Revision = _all.Revision + 1 };
        foreach (var agent in _agents)
            agent.Tell();
    }

    static IPAddress Address(IPNetwork prefix, int number)
    {
        var bytes = prefix.BaseAddress.GetAddressBytes();
        bytes[^1] = (byte)number;
        bytes[^2] |= (byte)(number >> 8);
        return new IPAddress(bytes);
    }
}

/// <summary>The calls of one agent.</summary>
sealed class TestControlPlane(TestCluster cluster, uint node) : IControlPlane
{
    public Task<NodePort> CreatePortAsync(PortRequest request, CancellationToken cancellation) =>
        Task.FromResult(cluster.CreatePort(request, node));

    public Task<NodePort> UpdatePortAsync(PortUpdate update, CancellationToken cancellation)
    {
        cluster.ChangePort(update.Port, port => update.Unbind ? port with { NodeNumber = 0 } : port with { Aliases = update.Aliases });
        return Task.FromResult(cluster.State.Ports[update.Port]);
    }

    public Task<NodePort> PublishAsync(Guid port, ImmutableArray<NodePortMapping> mappings, CancellationToken cancellation)
    {
        cluster.ChangePort(port, known => known with { Published = mappings });
        return Task.FromResult(cluster.State.Ports[port]);
    }

    public Task OfferAsync(Guid port, PortOffer offer, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<long> DeletePortAsync(Guid port, bool keepAddresses, CancellationToken cancellation)
    {
        cluster.ChangePort(port, _ => null);
        return Task.FromResult(1L);
    }

    public Task<NodeNetwork> CreateNetworkAsync(NetworkRequest request, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<long> DeleteNetworkAsync(Guid network, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<AddressLease> ReserveAddressAsync(
        Guid network, IPAddress? address, IPNetwork subnet, CancellationToken cancellation) => throw new NotSupportedException();

    public Task ReleaseAddressAsync(Guid network, IPAddress address, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ImmutableArray<AddressLease>> ListReservationsAsync(CancellationToken cancellation) => throw new NotSupportedException();
}
