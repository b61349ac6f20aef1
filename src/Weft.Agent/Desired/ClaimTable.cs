using System.Runtime.InteropServices;

namespace Weft.Agent.Desired;

/// <summary>Who claims a record.</summary>
/// <param name="Rank">The lowest holds, whoever came first.</param>
/// <param name="Uid">Of what it is made from; of one rank the lowest holds.</param>
readonly record struct Claimant(int Rank, Guid Uid) : IComparable<Claimant>
{
    public int CompareTo(Claimant other) => Rank != other.Rank ? Rank.CompareTo(other.Rank) : Uid.CompareTo(other.Uid);
}

/// <summary>Records of which one key may be claimed by several: one holds, and when it goes the next does.</summary>
/// <remarks>
/// For what documents may say twice, where <see cref="RecordTable{TKey,TValue}"/> would forget the one that holds no more.
/// A claimant replaces all of its claims at once.
/// </remarks>
sealed class ClaimTable<TKey, TValue>(RecordTable<TKey, TValue> records)
    where TKey : unmanaged, IEquatable<TKey>
    where TValue : unmanaged, IEquatable<TValue>
{
    readonly Dictionary<TKey, SortedList<Claimant, TValue>> _claims = [];
    readonly Dictionary<Claimant, TKey[]> _keys = [];

    /// <summary>These are all claims of the claimant from now on.</summary>
    internal void Set(Claimant claimant, IReadOnlyCollection<KeyValuePair<TKey, TValue>> claims)
    {
        var before = _keys.GetValueOrDefault(claimant, []);
        if (claims.Count == 0 && before.Length == 0)
            return;
        var kept = claims.Select(claim => claim.Key).ToHashSet();
        foreach (var key in before)
        {
            if (!kept.Contains(key))
                Drop(key, claimant);
        }
        foreach (var (key, value) in claims)
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(_claims, key, out _) ??= new(1))[claimant] = value;
            Settle(key);
        }
        if (claims.Count == 0)
            _keys.Remove(claimant);
        else
            _keys[claimant] = [.. kept];
    }

    /// <summary>Every claimant of a rank, and what it claims.</summary>
    internal IEnumerable<Claimant> Claimants(int rank) => _keys.Keys.Where(claimant => claimant.Rank == rank);

    void Drop(TKey key, Claimant claimant)
    {
        var claims = _claims[key];
        claims.Remove(claimant);
        if (claims.Count == 0)
            _claims.Remove(key);
        Settle(key);
    }

    void Settle(TKey key) => records.Set(key, _claims.TryGetValue(key, out var claims) ? claims.GetValueAtIndex(0) : null);
}
