using System.Collections.Immutable;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>From a resource to the record that nodes get of it.</summary>
public static class NodeRecords
{
    /// <summary>Without its ways out, which are made of more than the network: see <see cref="WaysOut"/>.</summary>
    public static NodeNetwork Of(Network network) => new(
        network.Uid, network.Project, network.Name, network.Vni,
        [.. network.Subnets ?? []], network.Internal, network.Mtu, network.Revision);

    /// <param name="port">The resource.</param>
    /// <param name="network">Uid of its network.</param>
    /// <param name="nodeNumber">0: nowhere.</param>
    /// <param name="snapshot">Where its security groups are looked up.</param>
    public static NodePort Of(Port port, Guid network, uint nodeNumber, Snapshot snapshot) => new(
        port.Uid, port.Project, port.Name, network, port.MacAddress ?? default, ImmutableCopy(port.Addresses),
        nodeNumber, ImmutableCopy(port.Aliases), port.Device, port.Owner, port.Revision)
    {
        Labels = Ordered(port.Labels),
        Groups = GroupsOf(port, snapshot),
        Published = OutsideSpecs.Of(port.Published),
    };

    public static NodePeer Of(Node node) => new(node.Number, node.Name, node.FabricAddress, node.FabricMtu);

    internal static ImmutableArray<KeyValuePair<string, string>> Ordered(IReadOnlyDictionary<string, string>? labels) =>
        labels is null or { Count: 0 } ? [] : [.. labels.OrderBy(label => label.Key, StringComparer.Ordinal)];

    static ImmutableArray<Guid> GroupsOf(Port port, Snapshot snapshot) => port.SecurityGroups is not { Count: > 0 } names
        ? []
        : [.. names.Select(name => UidOf(ResourceKey.SecurityGroup(port.Project, name), snapshot)).Distinct().Order()];

    static Guid UidOf(ResourceKey key, Snapshot snapshot) => snapshot.Resources.GetValueOrDefault(key)?.Uid ?? Guid.Empty;

    static ImmutableArray<T> ImmutableCopy<T>(IReadOnlyList<T>? list) =>
        list is null or { Count: 0 } ? [] : [.. list];
}
