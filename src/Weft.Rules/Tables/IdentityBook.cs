using System.Runtime.InteropServices;
using Weft.Model.State;

namespace Weft.Rules.Tables;

/// <summary>The identities of all ports' addresses.</summary>
/// <param name="hash">From content to name; the top bit is not its own.</param>
sealed class IdentityBook(EndIndex ends, Func<UInt128, ulong> hash)
{
    readonly Dictionary<Guid, string> _projects = []; // of networks
    readonly Dictionary<Guid, NodePort> _records = [];
    readonly Dictionary<Guid, PlacedPort> _ports = [];
    readonly Dictionary<ulong, Identity> _identities = [];
    readonly Dictionary<Guid, NetworkIdentities> _byNetwork = [];
    readonly Dictionary<Guid, HashSet<Guid>> _portsOf = []; // by network
    readonly Dictionary<Guid, HashSet<Guid>> _portsIn = []; // by security group
    readonly HashSet<Identity> _idle = [];

    /// <summary>Number of this node.</summary>
    internal uint Node { get; set; }

    /// <summary>Identities that came or went, or became local or are so no more, since they were last taken.</summary>
    internal HashSet<Identity> Changed { get; } = [];

    internal IReadOnlyDictionary<Guid, PlacedPort> Ports => _ports;

    /// <summary>Ports with an address that must have no verdict, since two identities have one name.</summary>
    internal HashSet<Guid> Collisions { get; } = [];

    internal NetworkIdentities Of(Guid network) => _byNetwork.GetValueOrDefault(network, NetworkIdentities.None);

    internal IEnumerable<Identity> All => _identities.Values;

    internal IReadOnlyCollection<Guid> PortsOf(Guid network) => _portsOf.TryGetValue(network, out var found) ? found : [];

    /// <summary>Whose a network is; its ports have to be looked at after.</summary>
    internal void SetNetwork(Guid uid, string? project)
    {
        if (project is null)
            _projects.Remove(uid);
        else
            _projects[uid] = project;
    }

    /// <summary>What a port is from now on; it has to be looked at after.</summary>
    internal void SetPort(Guid uid, NodePort? port)
    {
        if (_records.Remove(uid, out var before))
        {
            Unlink(_portsOf, before.Network, uid);
            foreach (var group in before.Groups)
                Unlink(_portsIn, group, uid);
        }
        if (port is null)
            return;
        _records[uid] = port;
        Link(_portsOf, port.Network, uid);
        foreach (var group in port.Groups)
            Link(_portsIn, group, uid);
    }

    /// <summary>Ports that an end may be about.</summary>
    internal IEnumerable<Guid> PortsNear(RuleEnd end) =>
        end.Key.Selector.Group is { } group ? _portsIn.TryGetValue(group, out var members) ? members : []
        : PortsOf(end.Key.Scope);

    internal IEnumerable<Guid> PortsOf(NetworkScope scope) => scope.IsAny ? _records.Keys : scope.Networks.SelectMany(PortsOf);

    /// <summary>Whether an address of a port holds an end; so that not every port near it is looked at.</summary>
    internal bool Holds(Guid port, RuleEnd end)
    {
        var record = _records[port];
        foreach (var address in record.Addresses)
        {
            if (end.SelectorHolds(record, address))
                return true;
        }
        return false;
    }

    /// <summary>Ports whose addresses have an identity that holds an end.</summary>
    internal IEnumerable<Guid> PortsHolding(RuleEnd end) =>
        end.Holders.Count == 0 ? [] : PortsNear(end).Where(port => Holds(port, end));

    /// <summary>Tells the identities of a port's addresses.</summary>
    /// <returns>Whether one of them is another than before.</returns>
    internal bool Look(Guid uid)
    {
        var before = _ports.GetValueOrDefault(uid);
        PlacedPort? after = null;
        Collisions.Remove(uid);
        if (_records.TryGetValue(uid, out var port) && _projects.TryGetValue(port.Network, out var project))
        {
            var isLocal = port.NodeNumber == Node && Node != 0;
            after = new(port, isLocal, new Identity?[port.Addresses.Length]);
            for (var i = 0; i < port.Addresses.Length; i++)
            {
                var identity = after.Identities[i] = IdentityOf(
                    port.Network, project, !port.Groups.IsDefaultOrEmpty, ends.SelectorsOf(port, port.Addresses[i]));
                if (identity is null)
                    Collisions.Add(uid);
                else
                    Count(identity, 1, isLocal);
            }
            _ports[uid] = after;
        }
        else
            _ports.Remove(uid);
        foreach (var identity in before?.Identities ?? [])
        {
            if (identity is not null)
                Count(identity, -1, before!.IsLocal);
        }
        return before is null || after is null
            ? !ReferenceEquals(before, after)
            : !before.Identities.SequenceEqual(after.Identities) || !before.Port.Addresses.SequenceEqual(after.Port.Addresses);
    }

    /// <summary>Forgets identities that no address has.</summary>
    internal void Sweep()
    {
        foreach (var identity in _idle)
        {
            _identities.Remove(identity.Id);
            var network = _byNetwork[identity.Network];
            network.All.Remove(identity);
            network.Guarded.Remove(identity);
            if (network.All.Count == 0)
                _byNetwork.Remove(identity.Network);
            foreach (var end in identity.Selectors)
                end.Holders.Remove(identity);
        }
        _idle.Clear();
    }

    /// <summary>The identity of these contents; null: another has its name. Whoever has it must be counted.</summary>
    /// <param name="project">Empty: outside.</param>
    internal Identity? IdentityOf(Guid network, string project, bool guarded, RuleEnd[] selectors)
    {
        var content = new ContentHash();
        content.Add(network);
        foreach (var part in selectors.Select(end => end.Hash).Order())
            content.Add(part);
        var id = hash(content.ToUInt128()) & ~Identity.Guarded | (guarded ? Identity.Guarded : 0);
        id = id == 0 ? 1 : id;
        ref var identity = ref CollectionsMarshal.GetValueRefOrAddDefault(_identities, id, out var exists);
        if (!exists)
        {
            identity = new(id, network, project, guarded, selectors);
            foreach (var end in selectors)
                end.Holders.Add(identity);
            var all = CollectionsMarshal.GetValueRefOrAddDefault(_byNetwork, network, out _) ??= new();
            all.All.Add(identity);
            if (guarded)
                all.Guarded.Add(identity);
        }
        else if (identity!.Network != network || !identity.Selectors.AsSpan().SequenceEqual(selectors))
            return null;
        return identity;
    }

    /// <summary>One more or one less has an identity.</summary>
    /// <param name="isLocal">This node asks about it.</param>
    internal void Count(Identity identity, int change, bool isLocal)
    {
        identity.Addresses += change;
        if (identity.Addresses == 0)
            _idle.Add(identity);
        else
            _idle.Remove(identity);
        var wasLocal = identity.IsLocal;
        if (isLocal)
            identity.Locals += change;
        if (identity.IsLocal != wasLocal)
            _ = wasLocal ? _byNetwork[identity.Network].Local.Remove(identity) : _byNetwork[identity.Network].Local.Add(identity);
        if (identity.Addresses == 0 || identity.Addresses == change || identity.IsLocal != wasLocal)
            Changed.Add(identity);
    }

    static void Link(Dictionary<Guid, HashSet<Guid>> links, Guid key, Guid value) =>
        (CollectionsMarshal.GetValueRefOrAddDefault(links, key, out _) ??= []).Add(value);

    static void Unlink(Dictionary<Guid, HashSet<Guid>> links, Guid key, Guid value)
    {
        if (links.TryGetValue(key, out var values) && values.Remove(value) && values.Count == 0)
            links.Remove(key);
    }
}
