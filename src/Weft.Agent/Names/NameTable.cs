using System.Collections.Immutable;
using System.Net;
using Weft.Agent.State;
using Weft.Model.State;

namespace Weft.Agent.Names;

/// <summary>The names of every network that has a port here. Immutable; made from a state.</summary>
/// <remarks>
/// Within its network a port answers to its name and to its aliases, alone or followed by
/// <c>.network</c> or <c>.network.project.weft</c>. Several ports may share an alias: it resolves to all
/// of them. A load balancer answers to its name by its virtual IPs, whoever else has that name. Only names of the
/// caller's own network resolve: networks are apart in names too.
/// </remarks>
sealed class NameTable
{
    /// <summary>Top of the names that are ours alone: what is not known below it does not exist.</summary>
    internal const string Zone = "weft";

    internal static readonly NameTable Empty = new(StateIndex.Empty, ImmutableDictionary<Guid, NetworkNames>.Empty);

    readonly StateIndex _index;
    readonly ImmutableDictionary<Guid, NetworkNames> _networks;

    NameTable(StateIndex index, ImmutableDictionary<Guid, NetworkNames> networks) => (_index, _networks) = (index, networks);

    /// <summary>The names of another state; networks that did not change are taken from this table.</summary>
    internal NameTable Next(StateIndex index)
    {
        var changed = Difference.OfKeys(_index.ByNetwork, index.ByNetwork);
        if (!ReferenceEquals(_index.State.Networks, index.State.Networks))
            changed.UnionWith(index.ByNetwork.Keys.Where(uid =>
                !ReferenceEquals(_index.State.Networks.GetValueOrDefault(uid), index.State.Networks.GetValueOrDefault(uid))));
        changed.UnionWith(Difference.OfKeys(_index.State.Balancers, index.State.Balancers)
            .SelectMany(uid => NetworksOf(_index, index, uid)));
        var balancers = changed.Count > 0 ? index.State.Balancers.Values.ToLookup(balancer => balancer.Network) : null;
        var networks = _networks.ToBuilder();
        foreach (var uid in changed)
        {
            if (index.ByNetwork.TryGetValue(uid, out var ports) && index.State.Networks.TryGetValue(uid, out var network))
                networks[uid] = new(network, ports, [.. balancers![uid]]);
            else
                networks.Remove(uid);
        }
        return new(index, networks.ToImmutable());
    }

    /// <summary>Of a load balancer that changed, came or went.</summary>
    static IEnumerable<Guid> NetworksOf(StateIndex one, StateIndex other, Guid balancer) =>
        ((StateIndex[])[one, other]).Select(index => index.State.Balancers.GetValueOrDefault(balancer)?.Network).OfType<Guid>();

    internal NetworkNames? Find(Guid network) => _networks.GetValueOrDefault(network);
}

/// <summary>The names of one network, put in order when the first question comes.</summary>
sealed class NetworkNames(NodeNetwork network, ImmutableDictionary<Guid, NodePort> ports, ImmutableArray<NodeBalancer> balancers)
{
    readonly Lazy<NameIndex> _index = new(() => new(network, ports.Values, balancers));

    /// <inheritdoc cref="NameIndex.Resolve"/>
    internal ImmutableArray<IPAddress> Resolve(string name) => _index.Value.Resolve(name);

    /// <inheritdoc cref="NameIndex.NameOf"/>
    internal string? NameOf(IPAddress address) => _index.Value.NameOf(address);

    internal bool IsInternal => network.Internal;

    /// <summary>The address is of a subnet of the network, so nobody else can know its name.</summary>
    internal bool Owns(IPAddress address) => network.Subnets.Any(subnet => subnet.Prefix.Contains(address));
}
