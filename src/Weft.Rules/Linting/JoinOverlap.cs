using System.Collections.Immutable;
using System.Net;
using Weft.Model.Addressing;
using Weft.Model.State;

namespace Weft.Rules.Linting;

/// <summary>Two joined networks that share addresses: one could not tell which of both is meant.</summary>
public sealed record JoinOverlap(NodeNetwork One, IPNetwork PrefixOfOne, NodeNetwork Other, IPNetwork PrefixOfOther)
{
    /// <summary>The first overlap of each joined pair, of those that a change concerns.</summary>
    /// <param name="pairs">To look at: those newly joined, or all of a network whose prefixes changed.</param>
    /// <param name="find">Networks by uid, as they will be.</param>
    public static ImmutableArray<JoinOverlap> Of(IEnumerable<NetworkPair> pairs, Func<Guid, NodeNetwork?> find)
    {
        var overlaps = ImmutableArray.CreateBuilder<JoinOverlap>();
        foreach (var pair in pairs)
        {
            if (find(pair.First) is { } one && find(pair.Second) is { } other && Between(one, other) is { } overlap)
                overlaps.Add(overlap);
        }
        return overlaps.ToImmutable();
    }

    public static JoinOverlap? Between(NodeNetwork one, NodeNetwork other)
    {
        foreach (var mine in one.Subnets)
        {
            foreach (var theirs in other.Subnets)
            {
                if (mine.Prefix.Overlaps(theirs.Prefix))
                    return new(one, mine.Prefix, other, theirs.Prefix);
            }
        }
        return null;
    }
}
