using System.Collections.Immutable;
using System.Net;
using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>From what reaches out of the cluster, and into it, to the records that nodes get of it.</summary>
/// <remarks>As everywhere in the compiler nothing is refused: what names something that is not there leads nowhere.</remarks>
public static class OutsideSpecs
{
    /// <param name="external">The resource.</param>
    /// <param name="nodeName">Of the node that gets the record: each may have an uplink of its own.</param>
    public static NodeExternal Of(ExternalNetwork external, string nodeName)
    {
        var uplink = external.NodeUplinks is { } own && own.TryGetValue(nodeName, out var name)
            ? name.Length == 0 ? null : name
            : external.Uplink ?? "";
        return new(external.Uid, external.Name, external.Vni, [.. external.Subnets ?? []], uplink, external.Default);
    }

    /// <summary>Null: it leads nowhere.</summary>
    public static NodeFloating? Of(FloatingIp floating, Snapshot snapshot)
    {
        if (floating is not { ExternalNetwork: { } name, Address: { } address }
            || snapshot.Find<ExternalNetwork>(ResourceKey.ExternalNetwork(name)) is not { } external
            || TargetOf(floating, snapshot) is not { } target
            || snapshot.Find<Network>(target.Network) is not { Internal: false } network
            || InsideOf(floating, address, target.Addresses) is not { } inside)
            return null;
        var node = target.Node is { } at ? snapshot.Find<Node>(ResourceKey.Node(at))?.Number ?? 0 : 0;
        return new(
            floating.Uid, floating.Project, floating.Name, external.Uid, address, node, target.Port, target.Balancer, network.Uid, inside,
            Of(floating.PortMappings))
        {
            Open = floating.Open,
        };
    }

    /// <summary>Name of the node that answers for it; null: none, or it leads nowhere.</summary>
    public static string? NodeOf(FloatingIp floating, Snapshot snapshot) => TargetOf(floating, snapshot)?.Node;

    /// <summary>Keys of what the record of a floating IP is made of besides its own, whether or not it exists.</summary>
    internal static HashSet<ResourceKey> NamesIn(FloatingIp floating, Snapshot snapshot)
    {
        var names = new HashSet<ResourceKey>();
        if (floating.ExternalNetwork is { } external)
            names.Add(ResourceKey.ExternalNetwork(external));
        if (floating.Port is { } port)
            names.Add(ResourceKey.Port(floating.Project, port));
        if (floating.LoadBalancer is { } balancer)
            names.Add(ResourceKey.LoadBalancer(floating.Project, balancer));
        if (TargetOf(floating, snapshot) is not { } target)
            return names;
        names.Add(target.Network);
        if (target.Node is { } node)
            names.Add(ResourceKey.Node(node));
        return names;
    }

    public static ImmutableArray<NodePortMapping> Of(IReadOnlyList<PortMapping>? mappings)
    {
        if (mappings is null or { Count: 0 })
            return [];
        var found = ImmutableArray.CreateBuilder<NodePortMapping>(mappings.Count);
        foreach (var mapping in mappings)
            if (IpProtocols.TryParse(mapping.Protocol, out var protocol))
                found.Add(new(protocol, mapping.Ports, mapping.TargetPort == 0 ? mapping.Ports.First : mapping.TargetPort));
        return found.DrainToImmutable();
    }

    /// <summary>All ways out of a network, each external network once.</summary>
    /// <param name="network">The network.</param>
    /// <param name="routers">Those it is in, in order.</param>
    /// <param name="floating">External networks that its ports and load balancers have floating IPs of, in order.</param>
    /// <param name="snapshot">Where names are looked up.</param>
    internal static ImmutableArray<NodeGateway> GatewaysOf(
        Network network, IEnumerable<Router> routers, IEnumerable<Guid> floating, Snapshot snapshot)
    {
        var found = new List<NodeGateway>();
        foreach (var gateway in routers.Select(router => router.ExternalGateway).Prepend(network.ExternalGateway))
            if (gateway?.ExternalNetwork is { } name && snapshot.Find<ExternalNetwork>(ResourceKey.ExternalNetwork(name)) is { } external)
                Add(new(external.Uid, EgressOf(gateway, snapshot)));
        foreach (var external in floating)
            Add(new(external, []) { FloatingOnly = true });
        return [.. found];

        void Add(NodeGateway gateway)
        {
            if (!found.Exists(other => other.External == gateway.External))
                found.Add(gateway);
        }
    }

    /// <summary>Keys of what gateways are made of, whether or not it exists.</summary>
    internal static IEnumerable<ResourceKey> NamesIn(ExternalGateway? gateway)
    {
        if (gateway?.ExternalNetwork is { } external)
            yield return ResourceKey.ExternalNetwork(external);
        foreach (var node in gateway?.EgressAddresses?.Keys ?? [])
            yield return ResourceKey.Node(node);
    }

    static ImmutableArray<NodeEgress> EgressOf(ExternalGateway gateway, Snapshot snapshot)
    {
        var found = new List<NodeEgress>();
        foreach (var (name, addresses) in gateway.EgressAddresses ?? new Dictionary<string, IReadOnlyList<IPAddress>>())
            if (snapshot.Find<Node>(ResourceKey.Node(name)) is { } node)
                found.AddRange(addresses.Select(address => new NodeEgress(node.Number, address)));
        return [.. found.OrderBy(egress => egress.NodeNumber)];
    }

    static Target? TargetOf(FloatingIp floating, Snapshot snapshot)
    {
        if (floating.LoadBalancer is { } name)
            return snapshot.Find<LoadBalancer>(ResourceKey.LoadBalancer(floating.Project, name)) is { } balancer
                ? new(null, balancer.Uid, ResourceKey.Network(balancer.Project, balancer.Network), balancer.Node, balancer.Addresses)
                : null;
        return floating.Port is { } bound && snapshot.Find<Port>(ResourceKey.Port(floating.Project, bound)) is { } port
            ? new(port.Uid, null, ResourceKey.Network(port.Project, port.Network), port.Node, port.Addresses)
            : null;
    }

    static IPAddress? InsideOf(FloatingIp floating, IPAddress outside, IReadOnlyList<IPAddress>? addresses) =>
        (addresses ?? []).FirstOrDefault(address =>
            address.AddressFamily == outside.AddressFamily && (floating.TargetAddress is null || floating.TargetAddress.Equals(address)));

    readonly record struct Target(Guid? Port, Guid? Balancer, ResourceKey Network, string? Node, IReadOnlyList<IPAddress>? Addresses);
}
