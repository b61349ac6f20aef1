using System.Collections.Immutable;

namespace Weft.Model.State;

/// <summary>Explicit steps from one <see cref="NodeState"/> to the next.</summary>
public sealed record NodeDelta(
    long Revision,
    ImmutableArray<NodeNetwork> Networks,
    ImmutableArray<NodePort> Ports,
    ImmutableArray<NodePeer> Peers,
    ImmutableArray<Guid> RemovedNetworks,
    ImmutableArray<Guid> RemovedPorts,
    ImmutableArray<uint> RemovedPeers)
{
    /// <summary>How many records it names.</summary>
    public int Count =>
        Networks.Length + Ports.Length + Peers.Length
        + RemovedNetworks.Length + RemovedPorts.Length + RemovedPeers.Length;

    public static NodeDelta None(long revision) => new(revision, [], [], [], [], [], []);
}
