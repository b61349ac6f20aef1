using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Weft.Model.Addressing;
using Weft.Model.State;

namespace Weft.Rules.Tables;

/// <summary>Networks that an end of a rule is about. Equal by what it holds.</summary>
sealed class NetworkScope : IEquatable<NetworkScope>
{
    internal static readonly NetworkScope Any = new(default);

    readonly int _hash;

    /// <param name="networks">In order of uid; default: any.</param>
    internal NetworkScope(ImmutableArray<Guid> networks)
    {
        Networks = networks;
        var hash = new HashCode();
        foreach (var network in IsAny ? [] : networks)
            hash.Add(network);
        _hash = hash.ToHashCode();
    }

    internal ImmutableArray<Guid> Networks { get; }

    internal bool IsAny => Networks.IsDefault;

    internal bool IsEmpty => Networks is { IsDefault: false, Length: 0 };

    public bool Equals(NetworkScope? other) =>
        ReferenceEquals(this, other)
        || other is not null && IsAny == other.IsAny && Networks.AsSpan().SequenceEqual(other.Networks.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as NetworkScope);

    public override int GetHashCode() => _hash;
}

/// <summary>What names an end of rules.</summary>
/// <param name="Selector">Without its network.</param>
readonly record struct EndKey(NetworkScope Scope, RuleEndpoint Selector, AddressFamily? Family)
{
    // Thousands of ends may differ in nothing but what their labels say.
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Scope);
        hash.Add(Selector.Prefix);
        hash.Add(Selector.Group);
        foreach (var (name, value) in Selector.Labels.IsDefault ? [] : Selector.Labels)
        {
            hash.Add(name);
            hash.Add(value);
        }
        return hash.ToHashCode();
    }
}

/// <summary>One side of rules: all rules whose side is the same share it. An address of a port holds it or not.</summary>
/// <param name="serial">In the order of their making; tells them apart.</param>
sealed class RuleEnd(EndKey key, int serial)
{
    internal EndKey Key => key;

    internal int Serial => serial;

    /// <summary>Rules, and those who hold on to it; at 0 it may be swept.</summary>
    internal int Uses { get; set; }

    /// <summary>Of its content; makes part of the identities that hold it.</summary>
    internal UInt128 Hash { get; } = HashOf(key);

    /// <summary>Every address of the scope's networks holds it, so that it tells no two of one network apart.</summary>
    internal bool IsPlain { get; } =
        key.Family is null && key.Selector is { Prefix: null, Group: null, Labels: { IsDefaultOrEmpty: true } };

    /// <summary>Identities that hold it; empty when it is plain.</summary>
    internal HashSet<Identity> Holders { get; } = [];

    /// <summary>Rules from here, by where to.</summary>
    internal Dictionary<RuleEnd, List<Bucket>> To { get; } = [];

    /// <summary>Everything but the scope.</summary>
    internal bool SelectorHolds(NodePort port, IPAddress address) =>
        (key.Family is not { } family || address.AddressFamily == family)
        && (key.Selector.Prefix is not { } prefix || Contains(prefix, address))
        && (key.Selector.Group is not { } group || port.Groups.Contains(group))
        && (key.Selector.Labels.IsDefaultOrEmpty || HasAll(port.Labels, key.Selector.Labels));

    /// <summary>It asks for nothing that only ports have, so that addresses outside may hold it.</summary>
    internal bool IsAboutAddresses { get; } = key.Selector is { Group: null, Labels.IsDefaultOrEmpty: true };

    /// <summary>Apart from scope and prefix, an address outside holds it.</summary>
    internal bool HoldsOutside(AddressFamily family) => IsAboutAddresses && (key.Family ?? family) == family;

    internal bool Concerns(Guid network) => key.Scope.IsAny || key.Scope.Networks.AsSpan().BinarySearch(network) >= 0;

    internal static bool Contains(IPNetwork prefix, IPAddress address) =>
        prefix.BaseAddress.AddressFamily == address.AddressFamily && prefix.Contains(address);

    /// <summary>The bits of an address that a prefix of the length looks at.</summary>
    internal static UInt128 Masked(IPAddress address, int length)
    {
        var host = AddressMath.Bits(address.AddressFamily) - length;
        return host == 128 ? 0 : address.ToNumber() >> host;
    }

    // Not by Contains: pairs of strings are compared by reflection there.
    internal static bool HasAll(ImmutableArray<KeyValuePair<string, string>> labels, ImmutableArray<KeyValuePair<string, string>> wanted)
    {
        foreach (var (name, value) in wanted)
        {
            var has = false;
            foreach (var label in labels)
                has |= label.Key == name && label.Value == value;
            if (!has)
                return false;
        }
        return true;
    }

    static UInt128 HashOf(EndKey key)
    {
        var hash = new ContentHash();
        hash.Add((uint)(key.Scope.IsAny ? uint.MaxValue : (uint)key.Scope.Networks.Length));
        foreach (var network in key.Scope.IsAny ? [] : key.Scope.Networks)
            hash.Add(network);
        hash.Add(key.Selector);
        hash.Add((uint)(key.Family ?? 0));
        return hash.ToUInt128();
    }
}
