using System.Collections.Immutable;
using Weft.Model.Resources;

namespace Weft.Model.State;

/// <summary>What names one resource. <paramref name="Project"/> is empty for kinds outside of projects.</summary>
public readonly record struct ResourceKey(string Kind, string Project, string Name)
{
    public static ResourceKey Of(Resource resource) =>
        new(resource.Kind, resource is ProjectResource owned ? owned.Project : "", resource.Name);

    public static ResourceKey Network(string project, string name) => new(Resources.Network.KindName, project, name);

    public static ResourceKey Port(string project, string name) => new(Resources.Port.KindName, project, name);

    public static ResourceKey Node(string name) => new(Resources.Node.KindName, "", name);

    public override string ToString() => Project.Length == 0 ? $"{Kind}/{Name}" : $"{Kind}/{Project}/{Name}";
}

/// <summary>One write: created (no before), updated, or deleted (no after).</summary>
public sealed record Change(ResourceKey Key, Resource? Before, Resource? After);

/// <summary>
/// Everything in the store at one revision, immutable. A write makes the next snapshot from the last
/// one and its changes; the cost is that of the changes. Statuses that nodes tell are not in it.
/// </summary>
public sealed record Snapshot
{
    public static readonly Snapshot Empty = new();

    public long Revision { get; private init; }

    public ImmutableDictionary<ResourceKey, Resource> Resources { get; private init; } =
        ImmutableDictionary<ResourceKey, Resource>.Empty;

    /// <summary>Ports and reservations of each network, by the network's key.</summary>
    public ImmutableDictionary<ResourceKey, ImmutableHashSet<ResourceKey>> ByNetwork { get; private init; } =
        ImmutableDictionary<ResourceKey, ImmutableHashSet<ResourceKey>>.Empty;

    public ImmutableDictionary<Guid, ResourceKey> ByUid { get; private init; } =
        ImmutableDictionary<Guid, ResourceKey>.Empty;

    public ImmutableDictionary<uint, ResourceKey> NetworkByVni { get; private init; } =
        ImmutableDictionary<uint, ResourceKey>.Empty;

    public T? Find<T>(ResourceKey key) where T : Resource => Resources.GetValueOrDefault(key) as T;

    public T? Find<T>(Guid uid) where T : Resource =>
        ByUid.TryGetValue(uid, out var key) ? Find<T>(key) : null;

    public IEnumerable<T> All<T>() where T : Resource => Resources.Values.OfType<T>();

    /// <summary>The network's ports and reservations, in no order.</summary>
    public IEnumerable<Resource> MembersOf(ResourceKey network) =>
        ByNetwork.TryGetValue(network, out var members) ? members.Select(key => Resources[key]) : [];

    /// <summary>The snapshot after <paramref name="changes"/>, which must fit this one.</summary>
    public Snapshot With(IReadOnlyCollection<Change> changes, long revision)
    {
        var resources = Resources.ToBuilder();
        var byUid = ByUid.ToBuilder();
        var byVni = NetworkByVni.ToBuilder();
        var byNetwork = ByNetwork.ToBuilder();
        // All goes before anything comes: what one change frees (a VNI, a uid), another may take.
        foreach (var change in changes)
        {
            if (change.Before is not { } before)
                continue;
            resources.Remove(change.Key);
            byUid.Remove(before.Uid);
            if (before is Network network)
                byVni.Remove(network.Vni);
            if (NetworkOf(before) is { } parent)
                Detach(byNetwork, parent, change.Key);
        }
        foreach (var change in changes)
        {
            if (change.After is not { } after)
                continue;
            resources[change.Key] = after;
            byUid[after.Uid] = change.Key;
            if (after is Network network)
                byVni[network.Vni] = change.Key;
            if (NetworkOf(after) is { } parent)
                byNetwork[parent] = (byNetwork.GetValueOrDefault(parent) ?? []).Add(change.Key);
        }
        return new()
        {
            Revision = revision,
            Resources = resources.ToImmutable(),
            ByUid = byUid.ToImmutable(),
            NetworkByVni = byVni.ToImmutable(),
            ByNetwork = byNetwork.ToImmutable(),
        };
    }

    /// <summary>The network that a port or reservation belongs to; null for other kinds.</summary>
    public static ResourceKey? NetworkOf(Resource resource) => resource switch
    {
        Port port => ResourceKey.Network(port.Project, port.Network),
        AddressReservation reservation => ResourceKey.Network(reservation.Project, reservation.Network),
        _ => null,
    };

    static void Detach(
        ImmutableDictionary<ResourceKey, ImmutableHashSet<ResourceKey>>.Builder byNetwork,
        ResourceKey network,
        ResourceKey member)
    {
        var left = byNetwork[network].Remove(member);
        if (left.IsEmpty)
            byNetwork.Remove(network);
        else
            byNetwork[network] = left;
    }
}
