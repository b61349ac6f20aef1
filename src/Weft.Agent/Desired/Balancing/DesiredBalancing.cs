using System.Runtime.InteropServices;
using Weft.Agent.State;
using Weft.Dataplane.Abi;
using Weft.Model.State;

namespace Weft.Agent.Desired;

/// <summary>Load balancers as the vrouter's records, kept up with their inputs.</summary>
/// <remarks>
/// A member that leaves keeps the connections that it has: its record stays, though no pool leads to it, until its last
/// connection is gone (<see cref="Settle"/>) or its port is. Slots of pools are written by others: here is only who stands in
/// them.
/// </remarks>
sealed class DesiredBalancing(RecordTable<RouteKey, RouteEntry> routes, RecordTable<FrontendKey, Frontend> frontends)
{
    readonly NumberBook<PoolName> _poolNumbers = new(BalancerManager.TextOf);
    readonly NumberBook<ListenerName> _listenerNumbers = new(BalancerManager.TextOf);
    readonly NumberBook<BackendName> _backendNumbers = new(BalancerManager.TextOf);
    readonly Dictionary<Guid, Held> _held = [];
    readonly Dictionary<Guid, HashSet<Guid>> _byPort = [];
    readonly Dictionary<Guid, HashSet<Guid>> _byNetwork = [];
    readonly ProxyPorts _proxies = new();
    readonly Dictionary<uint, Leaving> _leaving = [];
    readonly Dictionary<uint, PoolSpec> _pools = [];
    readonly HashSet<uint> _changedPools = [];
    DesiredInput _input = DesiredInput.Empty;

    /// <summary>Members, those that are leaving included.</summary>
    internal RecordTable<uint, Backend> Backends { get; } = new();

    internal IReadOnlyDictionary<uint, PoolSpec> Pools => _pools;

    /// <param name="before">The input before.</param>
    /// <param name="next">The input.</param>
    /// <param name="changes">Of its state.</param>
    /// <returns>Load balancers that were looked at.</returns>
    internal HashSet<Guid> Update(DesiredInput before, DesiredInput next, StateChanges changes)
    {
        _input = next;
        var balancers = new HashSet<Guid>(changes.Balancers);
        foreach (var port in changes.Ports)
            balancers.UnionWith(_byPort.GetValueOrDefault(port, []));
        foreach (var proxied in _proxies.Update(before.State, next.State, changes.Ports))
            balancers.UnionWith(_byNetwork.GetValueOrDefault(proxied, []));
        foreach (var network in changes.Networks)
            balancers.UnionWith(_byNetwork.GetValueOrDefault(network, []));
        balancers.UnionWith(Difference.OfKeys(before.Health, next.Health).Select(key => key.Balancer));
        if (before.Silent.SymmetricExcept(next.Silent) is { IsEmpty: false } turned)
            balancers.UnionWith(_byPort.Where(port => turned.Contains(NodeOf(port.Key))).SelectMany(port => port.Value));
        foreach (var uid in balancers)
            Look(uid);
        foreach (var (number, leaving) in _leaving.Where(pair => !IsThere(pair.Value)).ToList())
            End(number, leaving);
        return balancers;
    }

    /// <summary>Load balancers of which the port is a member.</summary>
    internal IEnumerable<Guid> Of(Guid port) => _byPort.GetValueOrDefault(port, []);

    /// <summary>Pools that changed, came or went; they count as taken then.</summary>
    internal uint[] TakeChangedPools()
    {
        uint[] changed = [.. _changedPools];
        _changedPools.Clear();
        return changed;
    }

    /// <summary>
    /// Takes over members that an earlier agent has left with connections, so that these do not end: those that are none
    /// any more by now, and whose port is still there.
    /// </summary>
    internal void Adopt(IReadOnlyDictionary<uint, Backend> actual)
    {
        foreach (var (number, backend) in actual)
            if (!Backends.TryGet(number, out _) && !_leaving.ContainsKey(number) && PortOf(backend) is { } port)
                Leave(number, null, new(port.Uid, backend));
    }

    /// <summary>Lets members go whose last connection is gone.</summary>
    /// <param name="connections">By number of member, those there are now.</param>
    internal void Settle(Func<uint, ulong> connections)
    {
        foreach (var (number, leaving) in _leaving.ToList())
            if (connections(number) == 0)
                End(number, leaving);
    }

    /// <summary>What a listener's number stands for.</summary>
    internal BalanceKey? ListenerOf(uint number) =>
        _listenerNumbers.TryGet(number, out var name) ? new(name.Balancer, name.Listener, null) : null;

    /// <summary>What a listener is called in the vrouter.</summary>
    internal uint NumberOf(Guid balancer, string listener) => _listenerNumbers.Of(new(balancer, listener));

    /// <summary>What a member's number stands for.</summary>
    internal BalanceKey? MemberOf(uint number) =>
        _backendNumbers.TryGet(number, out var name) ? BalanceKey.Of(name.Member) : null;

    void Look(Guid uid)
    {
        var owner = RecordOwner.Of(uid);
        var before = _held.GetValueOrDefault(uid, Held.Nothing);
        if (!_input.State.Balancers.TryGetValue(uid, out var balancer) || !_input.State.Networks.TryGetValue(balancer.Network, out var network))
        {
            routes.Remove(owner);
            frontends.Remove(owner);
            Replace(uid, before, Held.Nothing);
            _held.Remove(uid);
            return;
        }
        routes.Set(owner, BalancerManager.Routes(balancer, network));
        List<BalancerBackend> backends = [.. BalancerManager.Backends(
            balancer, network, port => _input.State.Ports.GetValueOrDefault(port), IsWell, _input.Silent.Contains, _backendNumbers)];
        var after = new Held(
            balancer.Network, balancer.Pools.SelectMany(pool => pool.Members.Select(member => member.Port)).ToHashSet(),
            backends.ToDictionary(backend => backend.Number),
            BalancerManager.Pools(balancer, backends).ToDictionary(),
            [.. balancer.Listeners.Select(listener => new ListenerName(uid, listener.Name))]);
        Replace(uid, before, after);
        frontends.Set(owner, BalancerManager.Frontends(balancer, network, _proxies.Of(balancer), _poolNumbers, _listenerNumbers));
        _held[uid] = after;
    }

    void Replace(Guid uid, Held before, Held after)
    {
        Relink(_byPort, before.Ports, after.Ports, uid);
        Relink(_byNetwork, [before.Network], [after.Network], uid);
        foreach (var (number, backend) in after.Backends)
        {
            _leaving.Remove(number);
            Backends.Set(number, backend.Entry);
        }
        foreach (var (number, backend) in before.Backends)
            if (!after.Backends.ContainsKey(number))
                Leave(number, backend.Name, new(backend.Name.Member.Port, backend.Entry));
        foreach (var (name, spec) in after.Pools)
            SetPool(name, spec);
        foreach (var name in before.Pools.Keys.Where(name => !after.Pools.ContainsKey(name)))
            SetPool(name, null);
        foreach (var name in before.Listeners.Except(after.Listeners))
            _listenerNumbers.Forget(name);
    }

    void SetPool(PoolName name, PoolSpec? spec)
    {
        var number = _poolNumbers.Of(name);
        if (spec is null)
        {
            _pools.Remove(number);
            _poolNumbers.Forget(name);
            _changedPools.Add(number);
        }
        else if (!spec.Equals(_pools.GetValueOrDefault(number)))
        {
            _pools[number] = spec;
            _changedPools.Add(number);
        }
    }

    void Leave(uint number, BackendName? name, Leaving leaving)
    {
        leaving = leaving with { Name = name, Entry = leaving.Entry with { Flags = (uint)BackendFlags.Keeps } };
        if (!IsThere(leaving))
        {
            End(number, leaving);
            return;
        }
        _leaving[number] = leaving;
        Backends.Set(number, leaving.Entry);
    }

    void End(uint number, Leaving leaving)
    {
        _leaving.Remove(number);
        Backends.Set(number, null);
        if (leaving.Name is { } name)
            _backendNumbers.Forget(name);
    }

    /// <summary>Somebody still has the address, in the same port.</summary>
    bool IsThere(Leaving leaving) =>
        _input.State.Ports.GetValueOrDefault(leaving.Port) is { NodeNumber: not 0 } port
        && port.Addresses.Any(address => (Address)address == leaving.Entry.Address);

    uint NodeOf(Guid port) => _input.State.Ports.GetValueOrDefault(port)?.NodeNumber ?? 0;

    NodePort? PortOf(Backend backend) => _input.State.Ports.Values.FirstOrDefault(port =>
        port.NodeNumber != 0 && port.Addresses.Any(address => (Address)address == backend.Address)
        && _input.State.Networks.GetValueOrDefault(port.Network)?.Vni == backend.Vni);

    /// <summary>What this node has found by itself is newer than what the server tells.</summary>
    bool IsWell(NodeMemberKey key) =>
        (_input.Health.GetValueOrDefault(key) ?? _input.State.Health.GetValueOrDefault(key))?.Healthy == true;

    static void Relink(Dictionary<Guid, HashSet<Guid>> index, IEnumerable<Guid> before, IEnumerable<Guid> after, Guid uid)
    {
        foreach (var key in before)
            if (index.TryGetValue(key, out var uids) && uids.Remove(uid) && uids.Count == 0)
                index.Remove(key);
        foreach (var key in after)
            if (key != Guid.Empty)
                (CollectionsMarshal.GetValueRefOrAddDefault(index, key, out _) ??= []).Add(uid);
    }

    /// <summary>What a load balancer has in the tables.</summary>
    sealed record Held(
        Guid Network, HashSet<Guid> Ports, Dictionary<uint, BalancerBackend> Backends, Dictionary<PoolName, PoolSpec> Pools,
        HashSet<ListenerName> Listeners)
    {
        internal static readonly Held Nothing = new(Guid.Empty, [], [], [], []);
    }

    /// <summary>A member that is none any more, and may have connections.</summary>
    /// <param name="Port">Uid.</param>
    readonly record struct Leaving(Guid Port, Backend Entry)
    {
        /// <summary>Null: an earlier agent knew it.</summary>
        public BackendName? Name { get; init; }
    }
}
