using System.Collections.Immutable;
using Weft.Model.State;
using Weft.Server.Commits;

namespace Weft.Server.Planning;

/// <summary>What a write comes to, given a snapshot: settled at once, or changes to commit.</summary>
/// <param name="Main">The resource that the write is about.</param>
/// <param name="Relies">What must stay as it is until the commit, besides what changes.</param>
sealed record Plan(
    ResourceKey Main, Outcome? Settled, ImmutableArray<Change> Changes = default, ImmutableArray<ResourceKey> Relies = default)
{
    public static Plan Of(ResourceKey main, IEnumerable<Change> changes, params ImmutableArray<ResourceKey> relies) =>
        new(main, null, [.. changes], relies);
}
