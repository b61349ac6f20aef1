using System.Runtime.InteropServices;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>Where every load balancer is, and which ports concern it.</summary>
sealed class BalancerTable
{
    readonly Dictionary<ResourceKey, Placed> _balancers = [];
    readonly Dictionary<ResourceKey, HashSet<ResourceKey>> _users = []; // by key of a port that is named as a member
    readonly Dictionary<NetworkEntry, HashSet<ResourceKey>> _selecting = []; // those with selectors

    /// <summary>Looks again at those that were marked, and at those that a changed port concerns. Ports must be placed.</summary>
    public void Place(Snapshot next, ClusterStep step, Func<ResourceKey, NetworkEntry?> networkAt, Func<string, NodeEntry> nodeOf)
    {
        MarkConcerned(step);
        // As with ports: all go before any comes.
        foreach (var key in step.Balancers)
            Remove(key, step);
        foreach (var key in step.Balancers)
            if (next.Find<LoadBalancer>(key) is { } balancer
                && networkAt(ResourceKey.Network(balancer.Project, balancer.Network)) is { } network)
                Add(key, balancer, network, step, nodeOf);
    }

    void MarkConcerned(ClusterStep step)
    {
        foreach (var port in step.Ports)
            step.Balancers.UnionWith(_users.GetValueOrDefault(port, []));
        foreach (var network in step.Networks)
            foreach (var key in _selecting.GetValueOrDefault(network, []))
                if (network.TouchedPorts().Any(port => BalancerRecords.IsSelected(_balancers[key].Resource, port)))
                    step.Balancers.Add(key);
    }

    void Remove(ResourceKey key, ClusterStep step)
    {
        if (!_balancers.Remove(key, out var old))
            return;
        old.Network.RemoveBalancer(old.Resource.Uid, old.Node);
        step.Networks.Add(old.Network);
        foreach (var port in old.Members)
            Drop(_users, port, key);
        Drop(_selecting, old.Network, key);
        if (old.Node is null)
            return;
        old.Node.Balancers.Remove(key);
        step.Nodes.Add(old.Node);
    }

    void Add(ResourceKey key, LoadBalancer balancer, NetworkEntry network, ClusterStep step, Func<string, NodeEntry> nodeOf)
    {
        var node = balancer.Node is { } name ? nodeOf(name) : null;
        HashSet<ResourceKey> members =
            [.. (balancer.Pools ?? []).SelectMany(pool => pool.Members ?? []).Select(member => ResourceKey.Port(balancer.Project, member.Port))];
        network.Add(BalancerRecords.Of(balancer, network.Record.Uid, node?.Number ?? 0, network.PortsByName), node);
        node?.Balancers.Add(key);
        foreach (var port in members)
            (CollectionsMarshal.GetValueRefOrAddDefault(_users, port, out _) ??= []).Add(key);
        if ((balancer.Pools ?? []).Any(pool => pool.Selector is { Count: > 0 }))
            (CollectionsMarshal.GetValueRefOrAddDefault(_selecting, network, out _) ??= []).Add(key);
        _balancers[key] = new(balancer, network, node, members);
        step.Networks.Add(network);
    }

    static void Drop<TKey>(Dictionary<TKey, HashSet<ResourceKey>> index, TKey at, ResourceKey key) where TKey : notnull
    {
        if (index.TryGetValue(at, out var keys) && keys.Remove(key) && keys.Count == 0)
            index.Remove(at);
    }

    readonly record struct Placed(LoadBalancer Resource, NetworkEntry Network, NodeEntry? Node, HashSet<ResourceKey> Members);
}
