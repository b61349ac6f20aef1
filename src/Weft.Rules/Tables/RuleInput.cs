using System.Collections.Immutable;
using Weft.Model.State;

namespace Weft.Rules.Tables;

/// <summary>What a node's tables follow from.</summary>
/// <param name="Node">Number of this node: its ports are local.</param>
/// <param name="Networks">By uid.</param>
/// <param name="Ports">All that this node sees, by uid.</param>
public sealed record RuleInput(
    uint Node, ImmutableDictionary<Guid, NodeNetwork> Networks, ImmutableDictionary<Guid, NodePort> Ports, RuleBook Book)
{
    /// <summary>By uid.</summary>
    public ImmutableDictionary<Guid, NodeExternal> Externals { get; init; } = ImmutableDictionary<Guid, NodeExternal>.Empty;

    /// <summary>By uid.</summary>
    public ImmutableDictionary<Guid, NodeFloating> Floatings { get; init; } = ImmutableDictionary<Guid, NodeFloating>.Empty;

    public static readonly RuleInput Empty = new(
        0, ImmutableDictionary<Guid, NodeNetwork>.Empty, ImmutableDictionary<Guid, NodePort>.Empty, RuleBook.Empty);
}

/// <summary>What may differ between two inputs; more than what does differ does no harm.</summary>
/// <param name="Networks">Uids.</param>
/// <param name="Ports">Uids.</param>
/// <param name="Sets">Uids of policies and groups that changed, or whose rules did.</param>
public sealed record RuleChanges(IReadOnlyCollection<Guid> Networks, IReadOnlyCollection<Guid> Ports, IReadOnlyCollection<Guid> Sets)
{
    /// <summary>Uids of external networks.</summary>
    public IReadOnlyCollection<Guid> Externals { get; init; } = [];

    /// <summary>Uids of floating IPs.</summary>
    public IReadOnlyCollection<Guid> Floatings { get; init; } = [];

    public static RuleChanges All(RuleInput before, RuleInput after) => new(
        [.. before.Networks.Keys.Union(after.Networks.Keys)],
        [.. before.Ports.Keys.Union(after.Ports.Keys)],
        [.. before.Book.Sets.Keys.Union(after.Book.Sets.Keys)])
    {
        Externals = [.. before.Externals.Keys.Union(after.Externals.Keys)],
        Floatings = [.. before.Floatings.Keys.Union(after.Floatings.Keys)],
    };
}

/// <summary>What a step changed of the tables: keys, whose values are read where they are kept.</summary>
public sealed class RuleStep
{
    /// <summary>Uids of ports of which an address has another identity, or came or went.</summary>
    public HashSet<Guid> Ports { get; } = [];

    /// <summary>Came, went, or lead to another table.</summary>
    public HashSet<IdentityPair> Pairs { get; } = [];

    /// <summary>Ids of tables that came or went.</summary>
    public HashSet<ulong> Tables { get; } = [];

    /// <summary>Pairs of networks, or of a network and an external one, that were joined or parted.</summary>
    public HashSet<NetworkPair> Joins { get; } = [];

    /// <summary>Regions of external networks that came, went, or have another identity.</summary>
    public HashSet<OutsideRegion> Regions { get; } = [];

    public bool IsEmpty =>
        Ports.Count == 0 && Pairs.Count == 0 && Tables.Count == 0 && Joins.Count == 0 && Regions.Count == 0;
}
