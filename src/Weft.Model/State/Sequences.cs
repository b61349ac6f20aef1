using System.Collections.Immutable;

namespace Weft.Model.State;

/// <summary>Records compare collections by reference; these compare what is in them. None equals empty.</summary>
static class Sequences
{
    public static bool Equal<T>(IReadOnlyCollection<T>? one, IReadOnlyCollection<T>? other) =>
        ReferenceEquals(one, other) || (one ?? []).SequenceEqual(other ?? []);

    public static bool Equal<T>(
        ImmutableArray<T> one, ImmutableArray<T> other) =>
        one.IsDefault ? other.IsDefaultOrEmpty
        : other.IsDefault ? one.IsEmpty
        : one.AsSpan().SequenceEqual(other.AsSpan(), EqualityComparer<T>.Default);
}
