namespace Weft.Rules;

/// <summary>Two different networks, in no order.</summary>
public readonly record struct NetworkPair
{
    public NetworkPair(Guid one, Guid other) => (First, Second) = one.CompareTo(other) <= 0 ? (one, other) : (other, one);

    /// <summary>Uid of the lower one.</summary>
    public Guid First { get; }

    /// <summary>Uid of the higher one.</summary>
    public Guid Second { get; }

    public Guid Other(Guid network) => network == First ? Second : First;
}
