namespace Weft.Rules.Tables;

/// <summary>Which gates ask about a pair of identities.</summary>
/// <param name="Source">Project whose policies are asked first; null: inside one network, none are.</param>
/// <param name="Destination">Project whose policies are asked next; null: none.</param>
/// <param name="Crossing">One side is outside, and <paramref name="Source"/> the project of the other.</param>
readonly record struct PairGates(string? Source, string? Destination, bool Egress, bool Ingress, bool Crossing = false)
{
    /// <summary>What it means when there is no table.</summary>
    internal RuleVerdict Default => Source is null ? RuleVerdict.NoGroupRule : RuleVerdict.NoRule;

    /// <summary>Groups are asked though no rule may fit, and what they do not allow is not the default.</summary>
    internal bool NeedTable => Crossing && (Egress || Ingress);
}

/// <summary>What names a class: equal gates and equal buckets.</summary>
/// <param name="buckets">In order of serial.</param>
sealed class PairClassKey(PairGates gates, Bucket[] buckets) : IEquatable<PairClassKey>
{
    readonly int _hash = HashOf(gates, buckets);

    internal PairGates Gates => gates;

    internal Bucket[] Buckets => buckets;

    public bool Equals(PairClassKey? other) =>
        other is not null && Gates == other.Gates && Buckets.AsSpan().SequenceEqual(other.Buckets);

    public override bool Equals(object? obj) => Equals(obj as PairClassKey);

    public override int GetHashCode() => _hash;

    static int HashOf(PairGates gates, Bucket[] buckets)
    {
        var hash = new HashCode();
        hash.Add(gates);
        foreach (var bucket in buckets)
            hash.Add(bucket.Serial);
        return hash.ToHashCode();
    }
}

/// <summary>Pairs of identities that the same rules fit, so that they share one table.</summary>
sealed class PairClass(PairClassKey key)
{
    internal PairClassKey Key => key;

    internal HashSet<IdentityPair> Pairs { get; } = [];

    /// <summary>0: none; the default holds.</summary>
    internal ulong Table { get; set; }

    /// <summary>Another table has the name of the one that it should have.</summary>
    internal bool Collides { get; set; }

    /// <summary>The rules that each gate asks, in deciding order.</summary>
    internal List<GateRules> Gates()
    {
        var gates = new List<GateRules>(4);
        if (key.Gates.Source is { } source)
            gates.Add(new(GateKind.Policy, RulesOf(GateKind.Policy, source), key.Gates.Crossing));
        if (key.Gates.Destination is { } destination)
            gates.Add(new(GateKind.Policy, RulesOf(GateKind.Policy, destination)));
        if (key.Gates.Egress)
            gates.Add(new(GateKind.Egress, RulesOf(GateKind.Egress, null)));
        if (key.Gates.Ingress)
            gates.Add(new(GateKind.Ingress, RulesOf(GateKind.Ingress, null)));
        return gates;
    }

    List<PlacedRule> RulesOf(GateKind gate, string? project)
    {
        var buckets = key.Buckets.Where(bucket => bucket.Gate == gate && (project is null || bucket.Set.Record.Project == project)).ToList();
        if (buckets is [var only])
            return only.Rules;
        List<PlacedRule> rules = [.. buckets.SelectMany(bucket => bucket.Rules)];
        rules.Sort(gate == GateKind.Policy ? PolicyOrder : GroupOrder);
        return rules;
    }

    static readonly Comparison<PlacedRule> PolicyOrder = static (one, other) =>
        ReferenceEquals(one.Set, other.Set) ? one.Position.CompareTo(other.Position) : RuleBook.PolicyOrder.Compare(one.Set.Set, other.Set.Set);

    static readonly Comparison<PlacedRule> GroupOrder = static (one, other) =>
        ReferenceEquals(one.Set, other.Set) ? one.Position.CompareTo(other.Position) : RuleBook.GroupOrder.Compare(one.Set.Set, other.Set.Set);
}
