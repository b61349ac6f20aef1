using System.Collections.Immutable;
using System.Net;
using Weft.Model.State;

namespace Weft.Agent.Names;

/// <summary>The names of every network that has a port here. Immutable; made from a state.</summary>
/// <remarks>
/// Within its network a port answers to its name and to its aliases, alone or followed by
/// <c>.network</c> or <c>.network.project.weft</c>. Several ports may share an alias: it resolves to all
/// of them. Only names of the caller's own network resolve: networks are apart in names too.
/// </remarks>
sealed class NameTable
{
    /// <summary>Top of the names that are ours alone: what is not known below it does not exist.</summary>
    internal const string Zone = "weft";

    internal static readonly NameTable Empty = new([]);

    readonly Dictionary<Guid, NetworkNames> _networks;

    NameTable(Dictionary<Guid, NetworkNames> networks) => _networks = networks;

    /// <summary>The names of <paramref name="state"/>; networks that did not change are taken from this table.</summary>
    internal NameTable Next(NodeState state)
    {
        var ports = new Dictionary<Guid, List<NodePort>>();
        foreach (var port in state.Ports.Values)
        {
            if (!ports.TryGetValue(port.Network, out var list))
                ports.Add(port.Network, list = []);
            list.Add(port);
        }
        var networks = new Dictionary<Guid, NetworkNames>(ports.Count);
        foreach (var (uid, list) in ports)
        {
            if (state.Networks.TryGetValue(uid, out var network))
                networks.Add(uid, Reuse(uid, network, list) ?? new NetworkNames(network, list));
        }
        return new(networks);
    }

    internal NetworkNames? Find(Guid network) => _networks.GetValueOrDefault(network);

    NetworkNames? Reuse(Guid uid, NodeNetwork network, List<NodePort> ports) =>
        _networks.TryGetValue(uid, out var names) && names.IsOf(network, ports) ? names : null;
}

/// <summary>The names of one network.</summary>
sealed class NetworkNames
{
    readonly NodeNetwork _network;
    readonly HashSet<NodePort> _ports;
    readonly Dictionary<string, ImmutableArray<IPAddress>> _addresses = new(StringComparer.Ordinal);
    readonly Dictionary<IPAddress, NodePort> _byAddress = [];
    readonly string[] _suffixes;

    internal NetworkNames(NodeNetwork network, List<NodePort> ports)
    {
        _network = network;
        _ports = new(ports, ReferenceEqualityComparer.Instance);
        var name = network.Name.ToLowerInvariant();
        _suffixes = [$".{name}", $".{name}.{network.Project.ToLowerInvariant()}.{NameTable.Zone}"];
        // In an order that does not depend on when a port came: equal states give equal answers.
        foreach (var port in ports.OrderBy(port => port.Uid))
            Add(port);
    }

    internal bool IsOf(NodeNetwork network, List<NodePort> ports) =>
        ReferenceEquals(network, _network) && ports.Count == _ports.Count && ports.TrueForAll(_ports.Contains);

    /// <summary>Addresses of both families; empty: no such name.</summary>
    /// <param name="name">Lower case.</param>
    internal ImmutableArray<IPAddress> Resolve(string name)
    {
        if (_addresses.TryGetValue(name, out var addresses))
            return addresses;
        foreach (var suffix in _suffixes)
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal)
                && _addresses.TryGetValue(name[..^suffix.Length], out addresses))
                return addresses;
        }
        return [];
    }

    /// <summary>The full name of the port with this address.</summary>
    internal string? NameOf(IPAddress address) =>
        _byAddress.TryGetValue(address, out var port) ? port.Name.ToLowerInvariant() + _suffixes[1] : null;

    /// <summary>The address is of a subnet of the network, so nobody else can know its name.</summary>
    internal bool Owns(IPAddress address) => _network.Subnets.Any(subnet => subnet.Prefix.Contains(address));

    void Add(NodePort port)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { port.Name.ToLowerInvariant() };
        foreach (var alias in port.Aliases)
            names.Add(alias.TrimEnd('.').ToLowerInvariant());
        foreach (var name in names)
            _addresses[name] = _addresses.TryGetValue(name, out var known) ? known.AddRange(port.Addresses) : port.Addresses;
        foreach (var address in port.Addresses)
            _byAddress[address] = port;
    }
}
