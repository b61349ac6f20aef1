using Weft.Model.State;

namespace Weft.Rules.Explaining;

/// <summary>One side of what is to be explained.</summary>
/// <param name="Party">As rules see it.</param>
/// <param name="Network">Its network.</param>
/// <param name="Port">Null: no port has the address.</param>
/// <param name="Node">Name of the port's node; null: none.</param>
public sealed record ExplainSubject(Party Party, NodeNetwork Network, NodePort? Port, string? Node)
{
    /// <summary>A port by one of its addresses.</summary>
    public static ExplainSubject Of(NodePort port, NodeNetwork network, System.Net.IPAddress address, string? node) =>
        new(new(network.Uid, network.Project, address, port.Groups, port.Labels), network, port, node);
}
