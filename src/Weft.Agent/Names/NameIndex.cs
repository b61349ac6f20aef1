using System.Collections.Immutable;
using System.Net;
using Weft.Model.State;

namespace Weft.Agent.Names;

/// <summary>Names to addresses and back, within one network.</summary>
sealed class NameIndex
{
    readonly Dictionary<string, ImmutableArray<IPAddress>> _addresses = new(StringComparer.Ordinal);
    readonly Dictionary<IPAddress, string> _byAddress = [];
    readonly string[] _suffixes;

    /// <param name="network">Whose names these are.</param>
    /// <param name="ports">All of it.</param>
    /// <param name="balancers">All of it. A name that a load balancer has stands for its virtual IPs alone.</param>
    internal NameIndex(NodeNetwork network, IEnumerable<NodePort> ports, IEnumerable<NodeBalancer> balancers)
    {
        var name = network.Name.ToLowerInvariant();
        _suffixes = [$".{name}", $".{name}.{network.Project.ToLowerInvariant()}.{NameTable.Zone}"];
        // In an order that does not depend on when a port came: equal states give equal answers.
        foreach (var port in ports.OrderBy(port => port.Uid))
            Add(port);
        foreach (var balancer in balancers.OrderBy(balancer => balancer.Uid))
            Add(balancer);
    }

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

    /// <summary>The full name of the port or load balancer with this address.</summary>
    internal string? NameOf(IPAddress address) =>
        _byAddress.TryGetValue(address, out var name) ? name.ToLowerInvariant() + _suffixes[1] : null;

    void Add(NodeBalancer balancer)
    {
        _addresses[balancer.Name.ToLowerInvariant()] = balancer.Addresses;
        foreach (var address in balancer.Addresses)
            _byAddress[address] = balancer.Name;
    }

    void Add(NodePort port)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { port.Name.ToLowerInvariant() };
        foreach (var alias in port.Aliases)
            names.Add(alias.TrimEnd('.').ToLowerInvariant());
        foreach (var name in names)
            _addresses[name] = _addresses.TryGetValue(name, out var known) ? known.AddRange(port.Addresses) : port.Addresses;
        foreach (var address in port.Addresses)
            _byAddress[address] = port.Name;
    }
}
