using System.Collections.Immutable;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>From a resource to the record that nodes get of it.</summary>
public static class NodeRecords
{
    public static NodeNetwork Of(Network network) => new(
        network.Uid, network.Project, network.Name, network.Vni,
        [.. network.Subnets ?? []], network.Internal, network.Mtu, network.Revision);

    public static NodePort Of(Port port, Guid network, uint nodeNumber) => new(
        port.Uid, port.Project, port.Name, network, port.MacAddress ?? default, ImmutableCopy(port.Addresses),
        nodeNumber, ImmutableCopy(port.Aliases), port.Device, port.Owner, port.Revision);

    public static NodePeer Of(Node node) => new(node.Number, node.Name, node.FabricAddress, node.FabricMtu);

    static ImmutableArray<T> ImmutableCopy<T>(IReadOnlyList<T>? list) =>
        list is null or { Count: 0 } ? [] : [.. list];
}
