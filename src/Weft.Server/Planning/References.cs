using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;

namespace Weft.Server.Planning;

/// <summary>Who names whom, so that what a change concerns is found without looking at everything.</summary>
/// <remarks>
/// An index of a snapshot that follows its changes. A name need not stand for anything: a rule may name a network of
/// another project that does not exist.
/// </remarks>
sealed class References
{
    readonly Dictionary<ResourceKey, HashSet<ResourceKey>> users = [];

    /// <summary>Whose documents name <paramref name="key"/>, in no order.</summary>
    public IReadOnlyCollection<ResourceKey> To(ResourceKey key) => users.TryGetValue(key, out var found) ? found : [];

    public void Reset(Snapshot snapshot)
    {
        users.Clear();
        foreach (var resource in snapshot.Resources.Values)
            Add(ResourceKey.Of(resource), resource);
    }

    public void Follow(IEnumerable<Change> changes)
    {
        foreach (var change in changes)
        {
            if (change.Before is { } before)
                Remove(change.Key, before);
        }
        foreach (var change in changes)
        {
            if (change.After is { } after)
                Add(change.Key, after);
        }
    }

    /// <summary>What the document names, itself not counted; ports' networks and nodes are not looked for here.</summary>
    public static HashSet<ResourceKey> Of(Resource resource)
    {
        HashSet<ResourceKey> named =
        [
            .. resource switch
            {
                Policy policy => OfPolicy(policy),
                SecurityGroup group => OfGroup(group),
                Port port => (port.SecurityGroups ?? []).Select(group => ResourceKey.SecurityGroup(port.Project, group)),
                Network network => OfGateway(network.ExternalGateway),
                Router router => (router.Networks ?? []).Select(network => ResourceKey.Network(router.Project, network))
                    .Concat(OfGateway(router.ExternalGateway)),
                FloatingIp floating => OfFloating(floating),
                LoadBalancer balancer => (balancer.Listeners ?? []).SelectMany(listener => listener?.Http?.Certificates ?? [])
                    .Select(name => ResourceKey.Certificate(balancer.Project, name)),
                Project { DefaultSecurityGroup: { } group } => [ResourceKey.SecurityGroup(resource.Name, group)],
                _ => [],
            },
        ];
        named.Remove(ResourceKey.Of(resource));
        return named;
    }

    static IEnumerable<ResourceKey> OfPolicy(Policy policy) =>
        (policy.Networks ?? []).Select(network => ResourceKey.Network(policy.Project, network))
        .Concat((policy.Rules ?? []).SelectMany(rule => OfEndpoint(rule.From, policy).Concat(OfEndpoint(rule.To, policy))));

    static IEnumerable<ResourceKey> OfEndpoint(PolicyEndpoint? endpoint, Policy policy)
    {
        if (endpoint?.Network is { } text)
        {
            var network = NetworkName.Of(text, policy.Project);
            yield return ResourceKey.Network(network.Project, network.Name);
        }
        if (endpoint?.SecurityGroup is { } group)
            yield return ResourceKey.SecurityGroup(policy.Project, group);
        if (endpoint?.ExternalNetwork is { } external)
            yield return ResourceKey.ExternalNetwork(external);
    }

    static IEnumerable<ResourceKey> OfGateway(ExternalGateway? gateway) =>
        gateway?.ExternalNetwork is { } external ? [ResourceKey.ExternalNetwork(external)] : [];

    static IEnumerable<ResourceKey> OfFloating(FloatingIp floating)
    {
        if (floating.ExternalNetwork is { } external)
            yield return ResourceKey.ExternalNetwork(external);
        if (floating.Port is { } port)
            yield return ResourceKey.Port(floating.Project, port);
        if (floating.LoadBalancer is { } balancer)
            yield return ResourceKey.LoadBalancer(floating.Project, balancer);
    }

    static IEnumerable<ResourceKey> OfGroup(SecurityGroup group) =>
        (group.Rules ?? []).Where(rule => rule.RemoteGroup is not null)
            .Select(rule => ResourceKey.SecurityGroup(group.Project, rule.RemoteGroup!));

    void Add(ResourceKey key, Resource resource)
    {
        foreach (var named in Of(resource))
        {
            if (!users.TryGetValue(named, out var found))
                users[named] = found = [];
            found.Add(key);
        }
    }

    void Remove(ResourceKey key, Resource resource)
    {
        foreach (var named in Of(resource))
        {
            if (users.TryGetValue(named, out var found) && found.Remove(key) && found.Count == 0)
                users.Remove(named);
        }
    }
}
