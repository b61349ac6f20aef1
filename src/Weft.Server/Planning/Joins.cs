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

/// <summary>Which networks policies join: the pairs that each one asks for, and which of those are agreed on.</summary>
/// <remarks>
/// An index of a snapshot that follows its changes. A policy asks for a pair when an allow rule's endpoints name both
/// and it is attached to one of them; across projects both projects must ask for it.
/// </remarks>
sealed class Joins
{
    readonly Dictionary<ResourceKey, Dictionary<NamedPair, int>> pairs = [];
    readonly Dictionary<NetworkName, HashSet<ResourceKey>> policies = [];

    public void Reset(Snapshot snapshot)
    {
        pairs.Clear();
        policies.Clear();
        foreach (var policy in snapshot.All<Policy>())
            Add(ResourceKey.Of(policy), AskedBy(policy));
    }

    public void Follow(IEnumerable<Change> changes)
    {
        foreach (var change in changes)
        {
            if (change.Key.Kind != Policy.KindName)
                continue;
            Remove(change.Key);
            if (change.After is Policy after)
                Add(change.Key, AskedBy(after));
        }
    }

    /// <summary>The pairs that a policy asks for, each with the index of the first rule that does.</summary>
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
            if (rules[i].Action != Policy.Allow || !seen.Add((rules[i].From?.Network, rules[i].To?.Network)))
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

    /// <summary>The networks that are joined to <paramref name="network"/>, in no order.</summary>
    public IEnumerable<NetworkName> Of(NetworkName network) =>
        policies.GetValueOrDefault(network, [])
            .SelectMany(policy => pairs[policy].Keys)
            .Where(pair => pair.First == network || pair.Second == network)
            .Distinct()
            .Where(AreJoined)
            .Select(pair => pair.Other(network));

    /// <summary>Each side's project asks for the pair.</summary>
    public bool AreJoined(NamedPair pair) => IsAgreed(pair, pair.First.Project) && IsAgreed(pair, pair.Second.Project);

    /// <summary>Looks at what would be joined if a policy asked for these pairs; afterwards all is as before.</summary>
    public void Suppose(ResourceKey policy, Dictionary<NamedPair, int> asked, Action<Joins> look)
    {
        var before = pairs.GetValueOrDefault(policy);
        Remove(policy);
        Add(policy, asked);
        look(this);
        Remove(policy);
        if (before is not null)
            Add(policy, before);
    }

    /// <summary>A policy of the project asks for the pair.</summary>
    public bool IsAgreed(NamedPair pair, string project) => By(pair, project).Name is not null;

    /// <summary>A policy of the project that asks for the pair; the default when none does.</summary>
    public ResourceKey By(NamedPair pair, string project) =>
        policies.GetValueOrDefault(pair.First, []).FirstOrDefault(policy => policy.Project == project && pairs[policy].ContainsKey(pair));

    static NetworkName[] Meant(PolicyEndpoint? endpoint, Policy policy, NetworkName[] attached) =>
        endpoint?.Network is { } named ? [NetworkName.Of(named, policy.Project)] : attached;

    void Add(ResourceKey key, Dictionary<NamedPair, int> asked)
    {
        pairs[key] = asked;
        foreach (var network in asked.Keys.SelectMany(pair => (NetworkName[])[pair.First, pair.Second]))
        {
            if (!policies.TryGetValue(network, out var found))
                policies[network] = found = [];
            found.Add(key);
        }
    }

    void Remove(ResourceKey key)
    {
        if (!pairs.Remove(key, out var asked))
            return;
        foreach (var network in asked.Keys.SelectMany(pair => (NetworkName[])[pair.First, pair.Second]))
        {
            if (policies.TryGetValue(network, out var found) && found.Remove(key) && found.Count == 0)
                policies.Remove(network);
        }
    }
}
