using System.Collections.Immutable;
using Weft.Agent.State;
using Weft.Dataplane.Abi;
using Weft.Model.State;

namespace Weft.Agent.Desired;

/// <summary>The records that the vrouter should hold, kept up with its inputs.</summary>
/// <remarks>
/// An update looks only at what differs from the last input: parts are immutable, so what is the same object
/// is the same. The result equals that of starting from nothing (property test).
/// </remarks>
sealed class DesiredRecords
{
    readonly Dictionary<Guid, HashSet<Guid>> _localPorts = []; // by network
    readonly Dictionary<Guid, Guid> _networkOf = []; // of each local port
    DesiredInput _input = DesiredInput.Empty;
    volatile StateIndex _index = StateIndex.Empty;

    internal DesiredRecords()
    {
        Outside = new(Rules, Routes, Networks);
        Balancing = new(Routes, Outside.Frontends);
        Probes = new(Balancing.Of);
    }

    /// <summary>Of the state of the last update; may be read by any thread.</summary>
    internal StateIndex Index => _index;

    internal RecordTable<uint, NodeEntry> Nodes { get; } = new();

    internal RecordTable<Address, PeerEntry> Peers { get; } = new();

    internal RecordTable<uint, NetworkEntry> Networks { get; } = new();

    internal RecordTable<RouteKey, RouteEntry> Routes { get; } = new();

    internal RecordTable<uint, PortEntry> Ports { get; } = new();

    internal RecordTable<ServiceKey, ServiceEntry> Services { get; } = new();

    internal DesiredRules Rules { get; } = new();

    internal DesiredOutside Outside { get; }

    internal DesiredBalancing Balancing { get; }

    internal DesiredProbes Probes { get; }

    internal void Update(DesiredInput next)
    {
        var before = _input;
        _input = next;
        var changes = StateLineage.Between(before.State, next.State);
        _index = _index.Next(next.Node, next.State, changes);
        UpdatePeers(changes.Peers, before, next);
        if (before.Names != next.Names)
            Services.Set(RecordOwner.Node, next.Names is { } names ? ServiceManager.Names(names.Ifindex, names.Mac) : []);
        var step = Rules.Update(next.Node, next.State, changes);
        var (networks, ports) = (changes.Networks, changes.Ports);
        ports.UnionWith(step.Ports);
        ports.UnionWith(Difference.OfKeys(before.Locals, next.Locals));
        if (before.Node != next.Node || before.FabricMtu != next.FabricMtu || before.FabricIsV6 != next.FabricIsV6)
            ports.UnionWith(next.State.Ports.Keys);
        foreach (var network in networks.Concat(NetworksOf(before.InDoubt.SymmetricExcept(next.InDoubt))))
        {
            if (_index.ByNetwork.TryGetValue(network, out var members))
                ports.UnionWith(members.Keys);
        }
        // Those that are joined to it lead to the prefixes of a network, or into an external one.
        var externals = DesiredOutside.Changed(before, next, changes);
        var joined = networks.Concat(externals).SelectMany(Rules.Joins.JoinedTo)
            .Concat(step.Joins.SelectMany(pair => (Guid[])[pair.First, pair.Second])).Where(next.State.Networks.ContainsKey).ToList();
        UpdatePorts(ports, networks);
        networks.UnionWith(joined);
        networks.UnionWith(Outside.Follow(next, changes));
        foreach (var network in networks)
            UpdateNetwork(network);
        Outside.Update(next, changes, externals, step.Regions, ports);
        var balancers = Balancing.Update(before, next, changes);
        Probes.Update(before, next, balancers, changes.Ports, changes.Networks);
    }

    IEnumerable<Guid> NetworksOf(ImmutableHashSet<uint> vnis) => vnis.IsEmpty ? []
        : _input.State.Networks.Values.Where(network => vnis.Contains(network.Vni)).Select(network => network.Uid);

    void UpdatePeers(HashSet<uint> peers, DesiredInput before, DesiredInput next)
    {
        peers.UnionWith(Difference.OfKeys(before.Paths, next.Paths));
        foreach (var number in peers)
        {
            var owner = RecordOwner.OfPeer(number);
            if (!next.State.Peers.TryGetValue(number, out var peer))
            {
                Nodes.Remove(owner);
                Peers.Remove(owner);
                continue;
            }
            // Without a path nothing can be sent to it, but what comes from it may still arrive.
            Peers.Set(owner, [new(peer.FabricAddress, new PeerEntry { Node = number })]);
            Nodes.Set(owner, next.Paths.TryGetValue(number, out var path) ? [new(number, PeerManager.Entry(peer, path))] : []);
        }
    }

    /// <param name="ports">To look at.</param>
    /// <param name="networks">Those that got their first or lost their last local port are added.</param>
    void UpdatePorts(HashSet<Guid> ports, HashSet<Guid> networks)
    {
        foreach (var uid in ports)
        {
            if (!_input.State.Ports.ContainsKey(uid))
                Forget(uid, networks);
        }
        foreach (var uid in ports)
        {
            if (_input.State.Ports.TryGetValue(uid, out var port))
                UpdatePort(port, networks);
        }
    }

    void UpdatePort(NodePort port, HashSet<Guid> networks)
    {
        if (!_input.State.Networks.TryGetValue(port.Network, out var network))
        {
            Forget(port.Uid, networks);
            return;
        }
        var owner = RecordOwner.Of(port.Uid);
        var local = port.NodeNumber == _input.Node ? _input.Locals.GetValueOrDefault(port.Uid) : null;
        Routes.Set(owner, RouteManager.OfPort(port, network, _input.Node, local, Rules.IdentityOf));
        var mtu = NetworkManager.Mtu(network, _input.FabricMtu, _input.FabricIsV6);
        var open = !_input.InDoubt.Contains(network.Vni) && !Rules.Collisions.Contains(port.Uid);
        Ports.Set(owner, local is null ? [] : [new((uint)local.Ifindex, PortManager.Entry(port, network, local, mtu, open))]);
        SetLocal(port.Uid, local is null ? null : port.Network, networks);
    }

    void Forget(Guid uid, HashSet<Guid> networks)
    {
        Routes.Remove(RecordOwner.Of(uid));
        Ports.Remove(RecordOwner.Of(uid));
        SetLocal(uid, null, networks);
    }

    void SetLocal(Guid port, Guid? network, HashSet<Guid> networks)
    {
        if (_networkOf.TryGetValue(port, out var before) && before != network)
        {
            _networkOf.Remove(port);
            if (_localPorts[before].Remove(port) && _localPorts[before].Count == 0)
                networks.Add(before);
        }
        if (network is not { } uid)
            return;
        _networkOf[port] = uid;
        if (!_localPorts.TryGetValue(uid, out var ports))
            _localPorts.Add(uid, ports = []);
        if (ports.Add(port) && ports.Count == 1)
            networks.Add(uid);
    }

    void UpdateNetwork(Guid uid)
    {
        var owner = RecordOwner.Of(uid);
        var hasLocal = _localPorts.TryGetValue(uid, out var ports) && ports.Count > 0;
        if (ports is { Count: 0 })
            _localPorts.Remove(uid);
        var network = _input.State.Networks.GetValueOrDefault(uid);
        Networks.Set(owner, network is not null && (hasLocal || Outside.IsFront(uid, _input.Node)) ? [new(network.Vni, NetworkManager.Entry(network))] : []);
        if (!hasLocal || network is null)
        {
            Routes.Remove(owner);
            Outside.Translations.Remove(owner);
            return;
        }
        var externals = _input.State.Externals;
        Outside.Translations.Set(owner, GatewayManager.Translations(network, externals, _input.Node, _input.Outside));
        Routes.Set(owner, RouteManager.OfGateways(network).Concat(GatewayManager.Routes(network, externals)).Concat(Rules.Joins.JoinedTo(uid)
            .Select(other => _input.State.Networks.GetValueOrDefault(other)).OfType<NodeNetwork>()
            .OrderBy(other => other.Vni) // networks joined to one must not overlap; if they do, not chance decides
            .SelectMany(other => RouteManager.OfJoined(network, other))));
    }
}
