using System.Collections.Immutable;

namespace Weft.Agent.Fabric;

/// <summary>Which of the peers that this node watches answer it on the fabric. By node number; equal by reference only.</summary>
/// <param name="Answering">They do.</param>
/// <param name="Silent">They did, and do no longer, since then.</param>
/// <param name="Unheard">They never did: echoes may be filtered, so nothing is concluded.</param>
public sealed record PeerSights(
    ImmutableSortedSet<uint> Answering, ImmutableSortedDictionary<uint, DateTimeOffset> Silent, ImmutableSortedSet<uint> Unheard)
{
    /// <summary>Several have answered once, peers or others on the fabric, and now nobody does.</summary>
    public bool IsAlone { get; init; }

    public static readonly PeerSights None = new([], ImmutableSortedDictionary<uint, DateTimeOffset>.Empty, []);
}
