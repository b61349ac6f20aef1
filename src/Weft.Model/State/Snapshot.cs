using System.Collections.Immutable;
using Weft.Model.Resources;

namespace Weft.Model.State;

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

    /// <summary>The keys of each kind, in order.</summary>
    public ImmutableDictionary<string, ImmutableSortedSet<ResourceKey>> Keys { get; private init; } =
        ImmutableDictionary<string, ImmutableSortedSet<ResourceKey>>.Empty;

    /// <summary>Ports, reservations and load balancers of each network, by the network's key.</summary>
    public ImmutableDictionary<ResourceKey, ImmutableHashSet<ResourceKey>> ByNetwork { get; private init; } =
        ImmutableDictionary<ResourceKey, ImmutableHashSet<ResourceKey>>.Empty;

    public ImmutableDictionary<Guid, ResourceKey> ByUid { get; private init; } =
        ImmutableDictionary<Guid, ResourceKey>.Empty;

    /// <summary>Networks and external networks: they have one row of numbers.</summary>
    public ImmutableDictionary<uint, ResourceKey> NetworkByVni { get; private init; } =
        ImmutableDictionary<uint, ResourceKey>.Empty;

    public T? Find<T>(ResourceKey key) where T : Resource => Resources.GetValueOrDefault(key) as T;

    public T? Find<T>(Guid uid) where T : Resource =>
        ByUid.TryGetValue(uid, out var key) ? Find<T>(key) : null;

    /// <summary>All of a kind, ordered by project and name.</summary>
    public IEnumerable<T> All<T>() where T : Resource
    {
        foreach (var key in KeysOf(KindOf<T>()))
            yield return (T)Resources[key];
    }

    /// <summary>All of a kind in one project, ordered by name.</summary>
    public IEnumerable<T> InProject<T>(string project) where T : ProjectResource
    {
        var keys = KeysOf(KindOf<T>());
        for (var i = IndexAfter(keys, new(KindOf<T>(), project, "")); i < keys.Count && keys[i].Project == project; i++)
            yield return (T)Resources[keys[i]];
    }

    /// <summary>The keys of a kind, in order.</summary>
    public ImmutableSortedSet<ResourceKey> KeysOf(string kind) => Keys.GetValueOrDefault(kind, []);

    /// <summary>Where the keys behind <paramref name="key"/> start, whether or not it is among them.</summary>
    public static int IndexAfter(ImmutableSortedSet<ResourceKey> keys, ResourceKey key)
    {
        var index = keys.IndexOf(key);
        return index < 0 ? ~index : index + 1;
    }

    /// <summary>The network's ports, reservations and load balancers, in no order.</summary>
    public IEnumerable<Resource> MembersOf(ResourceKey network) =>
        ByNetwork.TryGetValue(network, out var members) ? members.Select(key => Resources[key]) : [];

    /// <summary>The snapshot after <paramref name="changes"/>, which must fit this one.</summary>
    public Snapshot With(IReadOnlyCollection<Change> changes, long revision) => new SnapshotBuilder(this).Apply(changes, revision);

    /// <summary>The network that a port, reservation or load balancer belongs to; null for other kinds.</summary>
    public static ResourceKey? NetworkOf(Resource resource) => resource switch
    {
        Port port => ResourceKey.Network(port.Project, port.Network),
        AddressReservation reservation => ResourceKey.Network(reservation.Project, reservation.Network),
        LoadBalancer balancer => ResourceKey.Network(balancer.Project, balancer.Network),
        _ => null,
    };

    internal static Snapshot Make(
        long revision,
        ImmutableDictionary<ResourceKey, Resource> resources,
        ImmutableDictionary<string, ImmutableSortedSet<ResourceKey>> keys,
        ImmutableDictionary<ResourceKey, ImmutableHashSet<ResourceKey>> byNetwork,
        ImmutableDictionary<Guid, ResourceKey> byUid,
        ImmutableDictionary<uint, ResourceKey> networkByVni) => new()
        {
            Revision = revision,
            Resources = resources,
            Keys = keys,
            ByNetwork = byNetwork,
            ByUid = byUid,
            NetworkByVni = networkByVni,
        };

    /// <summary>Of a network, or an external one; null of other kinds.</summary>
    internal static uint? VniOf(Resource resource) => resource switch
    {
        Network network => network.Vni,
        ExternalNetwork external => external.Vni,
        _ => null,
    };

    static string KindOf<T>() where T : Resource =>
        typeof(T) == typeof(Port) ? Port.KindName
        : typeof(T) == typeof(Network) ? Network.KindName
        : typeof(T) == typeof(Node) ? Node.KindName
        : typeof(T) == typeof(Project) ? Project.KindName
        : typeof(T) == typeof(AddressReservation) ? AddressReservation.KindName
        : typeof(T) == typeof(Token) ? Token.KindName
        : typeof(T) == typeof(Policy) ? Policy.KindName
        : typeof(T) == typeof(SecurityGroup) ? SecurityGroup.KindName
        : typeof(T) == typeof(ExternalNetwork) ? ExternalNetwork.KindName
        : typeof(T) == typeof(FloatingIp) ? FloatingIp.KindName
        : typeof(T) == typeof(Router) ? Router.KindName
        : typeof(T) == typeof(LoadBalancer) ? LoadBalancer.KindName
        : typeof(T) == typeof(Certificate) ? Certificate.KindName
        : throw new NotSupportedException(typeof(T).Name);
}
