using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Weft.Agent.State;
using Weft.Dataplane.Abi;
using Weft.Flows;
using Weft.Model.State;

namespace Weft.Agent.Flows;

/// <summary>What numbers and addresses of the vrouter's reports stand for, kept up with the node's state.</summary>
/// <remarks>
/// An update costs what changed. The runtime updates and the recorder looks up, each under <see cref="Lock"/>. What has gone
/// keeps its name for a minute: what it did last is told after it has gone.
/// </remarks>
sealed class FlowNames(string node, TimeProvider time)
{
    static readonly TimeSpan Lasting = TimeSpan.FromMinutes(1);

    readonly long _begin = time.GetTimestamp();
    readonly Dictionary<Guid, NamedPort> _ports = [];
    readonly LastingTable<FlowAddress, NamedPort> _byAddress = new();
    readonly LastingTable<uint, NamedPort> _byInterface = new();
    readonly LastingTable<uint, NamedNetwork> _networks = new();
    readonly LastingTable<FlowAddress, NamedFloating> _floatings = new();
    readonly LastingTable<FlowAddress, NamedListener> _virtual = new();
    readonly LastingTable<uint, NamedListener> _listeners = new();
    readonly LastingTable<uint, NamedRules> _rules = new();
    readonly LastingTable<uint, string> _nodes = new();
    readonly Dictionary<Guid, List<(uint Number, NamedListener Listener)>> _listenersOf = [];
    FlowScene _scene = FlowScene.Empty;
    volatile bool _isReady;

    /// <summary>To be held while names are looked up.</summary>
    internal Lock Lock { get; } = new();

    /// <summary>The node's state is known: an agent that has just started knows nobody's name.</summary>
    internal bool IsReady => _isReady;

    /// <summary>This node.</summary>
    internal string Node => node;

    internal FlowScene Scene => _scene;

    /// <param name="next">What there is now.</param>
    /// <param name="numberOf">Of a listener of a load balancer, by its uid and name.</param>
    internal void Update(FlowScene next, Func<Guid, string, uint> numberOf)
    {
        lock (Lock)
        {
            var (before, now) = (_scene, time.GetElapsedTime(_begin));
            _scene = next;
            if (!ReferenceEquals(before.Index, next.Index))
                Update(before.Index, next.Index, numberOf, now + Lasting);
            var locals = Difference.OfKeys(before.Locals, next.Locals);
            foreach (var uid in locals) // first: another port may have the interface by now
            {
                if (before.Locals.TryGetValue(uid, out var gone))
                    Leave(_byInterface, (uint)gone.Ifindex, now + Lasting);
            }
            foreach (var uid in locals)
                SetInterface(uid);
            foreach (var table in (Action<TimeSpan>[])
                [_byAddress.Purge, _byInterface.Purge, _networks.Purge, _floatings.Purge, _virtual.Purge, _listeners.Purge, _rules.Purge, _nodes.Purge])
                table(now);
        }
        _isReady = true;
    }

    internal NamedPort? PortAt(uint @interface) => @interface == 0 ? null : _byInterface.Find(@interface);

    internal NamedPort? PortOf(uint vni, UInt128 address) => _byAddress.Find(new(vni, address));

    /// <summary>A port of a network that is joined to this one; networks joined to one do not overlap.</summary>
    internal NamedPort? JoinedPortOf(uint vni, UInt128 address)
    {
        if (_networks.Find(vni) is not { IsExternal: false } network || !_scene.Joined.TryGetValue(network.Uid, out var joined))
            return null;
        foreach (var uid in joined)
        {
            if (_scene.Index.State.Networks.TryGetValue(uid, out var other) && PortOf(other.Vni, address) is { } port)
                return port;
        }
        return null;
    }

    internal NamedPort? PortOf(Guid uid) => _ports.GetValueOrDefault(uid);

    internal NamedNetwork? NetworkOf(uint vni) => _networks.Find(vni);

    internal string NetworkName(Guid uid) => _scene.Index.State.Networks.GetValueOrDefault(uid)?.Name ?? "";

    internal NamedFloating? FloatingAt(uint vni, UInt128 address) => _floatings.Find(new(vni, address));

    internal NamedListener? VirtualAt(uint vni, UInt128 address) => _virtual.Find(new(vni, address));

    internal NamedListener? ListenerOf(uint number) => number == 0 ? null : _listeners.Find(number);

    /// <summary>Null: the node does not know it.</summary>
    internal NamedRules? RulesOf(uint number)
    {
        if (number == 0)
            return null;
        if (_rules.Find(number) is { } known)
            return known;
        var unknown = new NamedRules(false, Number(number));
        _rules.Set(number, unknown);
        _rules.Remove(number, unknown, time.GetElapsedTime(_begin) + Lasting);
        return unknown;
    }

    /// <summary>A number, when the node does not know its name.</summary>
    internal string NodeName(uint number)
    {
        if (number == 0)
            return "";
        if (number == _scene.Index.Node)
            return node;
        if (_nodes.Find(number) is { } known)
            return known;
        var unknown = Number(number);
        _nodes.Set(number, unknown);
        _nodes.Remove(number, unknown, time.GetElapsedTime(_begin) + Lasting);
        return unknown;
    }

    static string Number(uint number) => string.Create(CultureInfo.InvariantCulture, $"#{number}");

    void Update(StateIndex before, StateIndex next, Func<Guid, string, uint> numberOf, TimeSpan until)
    {
        var changes = StateLineage.Between(before.State, next.State);
        var ports = changes.Ports;
        foreach (var uid in changes.Networks.Union(changes.Externals.Count > 0 ? next.State.Networks.Keys : []))
        {
            if (SetNetwork(before.State.Networks.GetValueOrDefault(uid), next.State.Networks.GetValueOrDefault(uid), next.State, until)
                && next.ByNetwork.TryGetValue(uid, out var members))
                ports.UnionWith(members.Keys);
        }
        foreach (var uid in changes.Externals)
            SetExternal(before.State.Externals.GetValueOrDefault(uid), next.State.Externals.GetValueOrDefault(uid), until);
        foreach (var uid in ports)
            SetPort(uid, before, next, until);
        foreach (var number in changes.Peers)
            Replace(_nodes, number, before.State.Peers.ContainsKey(number), next.State.Peers.GetValueOrDefault(number)?.Name, until);
        foreach (var uid in changes.RuleSets)
        {
            if (before.State.RuleSets.TryGetValue(uid, out var gone))
                Leave(_rules, gone.Number, until);
            if (next.State.RuleSets.TryGetValue(uid, out var set))
                _rules.Set(set.Number, new(set.IsGroup, $"{set.Project}/{set.Name}"));
        }
        foreach (var uid in changes.Externals.Count > 0 ? changes.Floatings.Union(next.State.Floatings.Keys) : changes.Floatings)
            SetFloating(before.State, next.State, uid, until);
        foreach (var uid in changes.Balancers)
            SetBalancer(before.State, next.State, uid, numberOf, until);
    }

    /// <returns>Whether its ports are named otherwise.</returns>
    bool SetNetwork(NodeNetwork? before, NodeNetwork? next, NodeState state, TimeSpan until)
    {
        if (before is not null && before.Vni != next?.Vni)
            Leave(_networks, before.Vni, until);
        if (next is null)
            return false;
        _networks.Set(next.Vni, new(
            next.Uid, next.Project, next.Name, false,
            [.. next.Gateways.Select(gateway => state.Externals.GetValueOrDefault(gateway.External)?.Vni).OfType<uint>()]));
        return before is null || (before.Vni, before.Project, before.Name) != (next.Vni, next.Project, next.Name);
    }

    void SetExternal(NodeExternal? before, NodeExternal? next, TimeSpan until)
    {
        if (before is not null && before.Vni != next?.Vni)
            Leave(_networks, before.Vni, until);
        if (next is not null)
            _networks.Set(next.Vni, new(next.Uid, "", next.Name, true, []));
    }

    void SetPort(Guid uid, StateIndex before, StateIndex next, TimeSpan until)
    {
        if (_ports.Remove(uid, out var named) && before.State.Ports.TryGetValue(uid, out var gone))
        {
            var vni = before.State.Networks.GetValueOrDefault(gone.Network)?.Vni ?? 0;
            foreach (var address in gone.Addresses)
                _byAddress.Remove(new(vni, Number(address)), named, until);
            if (_scene.Locals.TryGetValue(uid, out var left))
                _byInterface.Remove((uint)left.Ifindex, named, until);
        }
        if (!next.State.Ports.TryGetValue(uid, out var port) || !next.State.Networks.TryGetValue(port.Network, out var network))
            return;
        named = new(network.Uid, network.Project, network.Name, port.Name, FlowLabels.Write(port.Labels), port.NodeNumber);
        _ports[uid] = named;
        foreach (var address in port.Addresses)
            _byAddress.Set(new(network.Vni, Number(address)), named);
        if (_scene.Locals.TryGetValue(uid, out var local))
            _byInterface.Set((uint)local.Ifindex, named);
    }

    void SetInterface(Guid uid)
    {
        if (_scene.Locals.TryGetValue(uid, out var local) && _ports.TryGetValue(uid, out var port))
            _byInterface.Set((uint)local.Ifindex, port);
    }

    void SetFloating(NodeState before, NodeState next, Guid uid, TimeSpan until)
    {
        if (before.Floatings.TryGetValue(uid, out var gone) && before.Externals.TryGetValue(gone.External, out var left))
            Leave(_floatings, new(left.Vni, Number(gone.Address)), until);
        if (next.Floatings.TryGetValue(uid, out var floating) && next.Externals.TryGetValue(floating.External, out var external))
            _floatings.Set(
                new(external.Vni, Number(floating.Address)),
                new(floating.Name, floating.Project, floating.Port, floating.Network, floating.NodeNumber));
    }

    void SetBalancer(NodeState before, NodeState next, Guid uid, Func<Guid, string, uint> numberOf, TimeSpan until)
    {
        foreach (var (number, listener) in _listenersOf.GetValueOrDefault(uid, []))
            _listeners.Remove(number, listener, until);
        _listenersOf.Remove(uid);
        if (before.Balancers.TryGetValue(uid, out var gone) && before.Networks.TryGetValue(gone.Network, out var left))
            foreach (var address in gone.Addresses)
                Leave(_virtual, new(left.Vni, Number(address)), until);
        if (!next.Balancers.TryGetValue(uid, out var balancer) || !next.Networks.TryGetValue(balancer.Network, out var network))
            return;
        foreach (var address in balancer.Addresses)
            _virtual.Set(new(network.Vni, Number(address)), new(balancer.Name, "", balancer.Project));
        var listeners = _listenersOf[uid] = [];
        foreach (var listener in balancer.Listeners)
        {
            var named = (Number: numberOf(uid, listener.Name), new NamedListener(balancer.Name, listener.Name, balancer.Project));
            listeners.Add(named);
            _listeners.Set(named.Number, named.Item2);
        }
    }

    static void Leave<TKey, TValue>(LastingTable<TKey, TValue> table, TKey key, TimeSpan until) where TKey : notnull where TValue : class
    {
        if (table.Find(key) is { } value)
            table.Remove(key, value, until);
    }

    static void Replace<TKey, TValue>(LastingTable<TKey, TValue> table, TKey key, bool was, TValue? value, TimeSpan until)
        where TKey : notnull where TValue : class
    {
        if (value is not null)
            table.Set(key, value);
        else if (was)
            Leave(table, key, until);
    }

    internal static UInt128 Number(IPAddress address) => Number((Address)address);

    internal static UInt128 Number(in Address address) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(address.Bytes);
}
