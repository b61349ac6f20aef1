using System.Collections.Immutable;
using System.Net;
using Weft.Model.State;

namespace Weft.Rules.Explaining;

/// <summary>One side of what is to be explained.</summary>
/// <param name="Party">As rules see it.</param>
/// <param name="Network">Its network; null: it is outside.</param>
/// <param name="Port">Null: no port has the address.</param>
/// <param name="Node">Name of the port's node; null: none.</param>
public sealed record ExplainSubject(Party Party, NodeNetwork? Network, NodePort? Port, string? Node)
{
    /// <summary>The external network that it is in; null: it is not outside.</summary>
    public NodeExternal? External { get; init; }

    /// <summary>Floating IPs that lead to its port; looked at when the other side is outside.</summary>
    public ImmutableArray<NodeFloating> Floatings { get; init; } = [];

    /// <summary>A port by one of its addresses.</summary>
    public static ExplainSubject Of(NodePort port, NodeNetwork network, IPAddress address, string? node) =>
        new(new(network.Uid, network.Project, address, port.Groups, port.Labels), network, port, node);

    public static ExplainSubject Outside(NodeExternal external, IPAddress address) =>
        new(Party.Outside(external.Uid, address), null, null, null) { External = external };

    /// <summary><c>network project/name</c> or <c>external network name</c>.</summary>
    internal string Place => Network is { } network ? $"network {network.Project}/{network.Name}" : $"external network {External!.Name}";
}
