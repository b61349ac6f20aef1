using System.Collections.Immutable;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>
/// What a node's state is, said once and plainly, from the whole snapshot. <see cref="CompiledCluster"/>
/// must always agree with it; that is how it is tested.
/// </summary>
public static class ReferenceCompiler
{
    /// <summary>The state of the node of that name; the node need not exist.</summary>
    public static NodeState Compile(Snapshot snapshot, string nodeName)
    {
        var networks = snapshot.All<Network>().ToImmutableDictionary(network => network.Uid, NodeRecords.Of);
        var ports = snapshot.All<Port>()
            .Where(port => port.Node == nodeName)
            .Select(port => ResourceKey.Network(port.Project, port.Network))
            .Distinct()
            .SelectMany(key => PortsOf(snapshot, key))
            .ToImmutableDictionary(port => port.Uid);
        var holders = ports.Values.Select(port => port.NodeNumber).ToHashSet();
        var peers = snapshot.All<Node>()
            .Where(node => node.Name != nodeName && holders.Contains(node.Number))
            .ToImmutableDictionary(node => node.Number, NodeRecords.Of);
        return new() { Revision = snapshot.Revision, Networks = networks, Ports = ports, Peers = peers };
    }

    static IEnumerable<NodePort> PortsOf(Snapshot snapshot, ResourceKey key) =>
        snapshot.Find<Network>(key) is not { } network
            ? []
            : snapshot.MembersOf(key).OfType<Port>().Select(port => NodeRecords.Of(port, network.Uid, NumberOf(snapshot, port), snapshot));

    static uint NumberOf(Snapshot snapshot, Port port) =>
        port.Node is { } name && snapshot.Find<Node>(ResourceKey.Node(name)) is { } node ? node.Number : 0;
}
