using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;

namespace Weft.Server.Planning;

/// <summary>Two different networks, in no order.</summary>
readonly record struct NamedPair
{
    public NamedPair(NetworkName one, NetworkName other) =>
        (First, Second) = string.CompareOrdinal(one.ToString(), other.ToString()) <= 0 ? (one, other) : (other, one);

    public NetworkName First { get; }

    public NetworkName Second { get; }

    public NetworkName Other(NetworkName one) => one == First ? Second : First;
}

/// <summary>Which networks policies and routers join: the pairs that each one asks for, and which of those are agreed on.</summary>
/// <remarks>
/// An index of a snapshot that follows its changes. A policy asks for a pair when an allow rule's endpoints name both
/// and it is attached to one of them, a router for each pair of its networks; across projects both projects must ask for it.
/// </remarks>
sealed class Joins
{
    readonly Dictionary<ResourceKey, Dictionary<NamedPair, int>> pairs = [];
    readonly Dictionary<NetworkName, HashSet<ResourceKey>> askers = [];

    public void Reset(Snapshot snapshot)
    {
        pairs.Clear();
        askers.Clear();
        foreach (var policy in snapshot.All<Policy>())
            Add(ResourceKey.Of(policy), AskedBy(policy));
        foreach (var router in snapshot.All<Router>())
            Add(ResourceKey.Of(router), AskedBy(router));
    }

    public void Follow(IEnumerable<Change> changes)
    {
        foreach (var change in changes)
        {
            if (change.Key.Kind is not (Policy.KindName or Router.KindName))
                continue;
            Remove(change.Key);
            if (change.After is { } after)
                Add(change.Key, AskedBy(after));
        }
    }

    /// <summary>The pairs that a policy or router asks for, each with the index of the first rule, or network, that does.</summary>
    public static Dictionary<NamedPair, int> AskedBy(Resource resource) => resource switch
    {
        Policy policy => AskedBy(policy),
        Router router => AskedBy(router),
        _ => [],
    };

    /// <inheritdoc cref="AskedBy(Resource)"/>
    public static Dictionary<NamedPair, int> AskedBy(Policy policy)
    {
        var attached = (policy.Networks ?? []).Select(name => new NetworkName(policy.Project, name)).ToArray();
        var own = attached.ToHashSet();
        var asked = new Dictionary<NamedPair, int>();
        var seen = new HashSet<(string?, string?)>();
        var rules = policy.Rules ?? [];
        for (var i = 0; i < rules.Count; i++)
        {
            // Thousands of rules are about few networks.
            if (rules[i].Action != Policy.Allow || IsOutside(rules[i]) || !seen.Add((rules[i].From?.Network, rules[i].To?.Network)))
                continue;
            var to = Meant(rules[i].To, policy, attached);
            foreach (var one in Meant(rules[i].From, policy, attached))
            {
                foreach (var other in to)
                {
                    if (one != other && (own.Contains(one) || own.Contains(other)))
                        asked.TryAdd(new(one, other), i);
                }
            }
        }
        return asked;
    }

    static Dictionary<NamedPair, int> AskedBy(Router router)
    {
        var networks = (router.Networks ?? []).Select(name => new NetworkName(router.Project, name)).Distinct().ToArray();
        var asked = new Dictionary<NamedPair, int>();
        for (var i = 0; i < networks.Length; i++)
        {
            for (var j = 0; j < i; j++)
                asked.TryAdd(new(networks[j], networks[i]), i);
        }
        return asked;
    }

    /// <summary>The networks that are joined to <paramref name="network"/>, in no order.</summary>
    public IEnumerable<NetworkName> Of(NetworkName network) =>
        askers.GetValueOrDefault(network, [])
            .SelectMany(asker => pairs[asker].Keys)
            .Where(pair => pair.First == network || pair.Second == network)
            .Distinct()
            .Where(AreJoined)
            .Select(pair => pair.Other(network));

    /// <summary>Each side's project asks for the pair.</summary>
    public bool AreJoined(NamedPair pair) => IsAgreed(pair, pair.First.Project) && IsAgreed(pair, pair.Second.Project);

    /// <summary>Looks at what would be joined if a policy or router asked for these pairs; afterwards all is as before.</summary>
    public void Suppose(ResourceKey asking, Dictionary<NamedPair, int> asked, Action<Joins> look)
    {
        var before = pairs.GetValueOrDefault(asking);
        Remove(asking);
        Add(asking, asked);
        look(this);
        Remove(asking);
        if (before is not null)
            Add(asking, before);
    }

    /// <summary>A policy or router of the project asks for the pair.</summary>
    public bool IsAgreed(NamedPair pair, string project) => By(pair, project).Name is not null;

    /// <summary>A policy or router of the project that asks for the pair; the default when none does.</summary>
    public ResourceKey By(NamedPair pair, string project) =>
        askers.GetValueOrDefault(pair.First, []).FirstOrDefault(asker => asker.Project == project && pairs[asker].ContainsKey(pair));

    /// <summary>What lies outside is joined to every network.</summary>
    static bool IsOutside(PolicyRule rule) => rule.From?.ExternalNetwork is not null || rule.To?.ExternalNetwork is not null;

    static NetworkName[] Meant(PolicyEndpoint? endpoint, Policy policy, NetworkName[] attached) =>
        endpoint?.Network is { } named ? [NetworkName.Of(named, policy.Project)] : attached;

    void Add(ResourceKey key, Dictionary<NamedPair, int> asked)
    {
        pairs[key] = asked;
        foreach (var network in asked.Keys.SelectMany(pair => (NetworkName[])[pair.First, pair.Second]))
        {
            if (!askers.TryGetValue(network, out var found))
                askers[network] = found = [];
            found.Add(key);
        }
    }

    void Remove(ResourceKey key)
    {
        if (!pairs.Remove(key, out var asked))
            return;
        foreach (var network in asked.Keys.SelectMany(pair => (NetworkName[])[pair.First, pair.Second]))
        {
            if (askers.TryGetValue(network, out var found) && found.Remove(key) && found.Count == 0)
                askers.Remove(network);
        }
    }
}
