using System.Collections.Immutable;

namespace Weft.Agent.State;

/// <summary>What the proxy of this node says, for the node's status.</summary>
public sealed class ProxyReports
{
    static readonly Told Nothing = new(ImmutableDictionary<Guid, string>.Empty, ImmutableDictionary<BalanceKey, BalanceTotals>.Empty);

    Told _told = Nothing;

    /// <summary>By load balancer, what is not as it should be.</summary>
    internal ImmutableDictionary<Guid, string> Faults => Volatile.Read(ref _told).Faults;

    /// <summary>Requests of members, instead of connections.</summary>
    internal ImmutableDictionary<BalanceKey, BalanceTotals> Counts => Volatile.Read(ref _told).Counts;

    /// <summary>Replaces what was told before; what is equal stays the same object.</summary>
    internal void Set(ImmutableDictionary<Guid, string> faults, ImmutableDictionary<BalanceKey, BalanceTotals> counts)
    {
        var before = Volatile.Read(ref _told);
        Volatile.Write(ref _told, new(
            Same(before.Faults, faults) ? before.Faults : faults, Same(before.Counts, counts) ? before.Counts : counts));
    }

    static bool Same<TKey, TValue>(ImmutableDictionary<TKey, TValue> one, ImmutableDictionary<TKey, TValue> other) where TKey : notnull =>
        one.Count == other.Count && one.All(pair => other.TryGetValue(pair.Key, out var value) && Equals(value, pair.Value));

    sealed record Told(ImmutableDictionary<Guid, string> Faults, ImmutableDictionary<BalanceKey, BalanceTotals> Counts);
}
