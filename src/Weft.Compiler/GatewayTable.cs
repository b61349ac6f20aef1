using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>Which networks have to be looked at when something changes that a way out of theirs is made of.</summary>
sealed class GatewayTable
{
    readonly Dependents _dependents = new();
    readonly Dictionary<ResourceKey, IReadOnlyList<ResourceKey>> _networks = []; // by router
    readonly Dictionary<ResourceKey, SortedSet<ResourceKey>> _routers = []; // by network

    /// <summary>Follows routers.</summary>
    /// <returns>Keys of networks whose ways out may be others now.</returns>
    public HashSet<ResourceKey> Follow(IReadOnlyCollection<ResourceKey> changed, Snapshot next)
    {
        var marked = new HashSet<ResourceKey>();
        foreach (var key in changed)
        {
            marked.UnionWith(_dependents.Of(key));
            if (key.Kind == Router.KindName)
                FollowRouter(key, next.Find<Router>(key), marked);
        }
        return marked;
    }

    /// <param name="network">As it is now.</param>
    /// <param name="floating">External networks that it has floating IPs of, in order.</param>
    /// <param name="next">The snapshot.</param>
    public ImmutableArray<NodeGateway> Of(Network network, IEnumerable<Guid> floating, Snapshot next)
    {
        var key = ResourceKey.Of(network);
        IReadOnlyList<Router> routers = _routers.TryGetValue(key, out var keys) ? [.. keys.Select(next.Find<Router>).OfType<Router>()] : [];
        _dependents.Set(key,
        [
            .. routers.Select(router => router.ExternalGateway).Prepend(network.ExternalGateway).SelectMany(OutsideSpecs.NamesIn).Distinct(),
        ]);
        return OutsideSpecs.GatewaysOf(network, routers, floating, next);
    }

    /// <summary>There is no network of that key any more.</summary>
    public void Forget(ResourceKey network) => _dependents.Set(network, []);

    void FollowRouter(ResourceKey key, Router? router, HashSet<ResourceKey> marked)
    {
        foreach (var network in _networks.GetValueOrDefault(key, []))
        {
            marked.Add(network);
            if (_routers.TryGetValue(network, out var routers) && routers.Remove(key) && routers.Count == 0)
                _routers.Remove(network);
        }
        _networks.Remove(key);
        if (router?.Networks is not { Count: > 0 } names)
            return;
        IReadOnlyList<ResourceKey> networks = [.. names.Distinct().Select(name => ResourceKey.Network(router.Project, name))];
        _networks[key] = networks;
        foreach (var network in networks)
        {
            marked.Add(network);
            (CollectionsMarshal.GetValueRefOrAddDefault(_routers, network, out _) ??= []).Add(key);
        }
    }
}
