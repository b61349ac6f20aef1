using System.Runtime.InteropServices;

namespace Weft.Rules;

/// <summary>Which networks are joined. Kept up with policies and networks one by one; not for concurrent use.</summary>
/// <remarks>
/// A policy speaks of a pair when one of its allow rules names both and it is attached to one of them. A pair is joined
/// when a policy of each side's project speaks of it: one project's word is not enough for the other's network.
/// </remarks>
public sealed class NetworkJoins
{
    readonly Dictionary<Guid, string> _projects = []; // of networks
    readonly Dictionary<Guid, (string Project, HashSet<NetworkPair> Pairs)> _said = []; // by policy
    readonly Dictionary<NetworkPair, Dictionary<string, int>> _speakers = []; // policies by project
    readonly Dictionary<Guid, HashSet<NetworkPair>> _spokenOf = []; // by network
    readonly HashSet<NetworkPair> _crossings = []; // a network and an external one
    readonly Dictionary<Guid, HashSet<Guid>> _joined = []; // by network, both ways

    /// <summary>The pairs that one policy speaks of; none of a security group.</summary>
    public static IReadOnlySet<NetworkPair> PairsOf(RuleSet set)
    {
        var pairs = new HashSet<NetworkPair>();
        if (set.Record.IsGroup)
            return pairs;
        var attached = set.Record.Networks;
        foreach (var named in set.AllowedNetworks.Keys)
        {
            foreach (var from in named.From is { } one ? [one] : attached)
            {
                foreach (var to in named.To is { } other ? [other] : attached)
                {
                    if (from != to && (attached.Contains(from) || attached.Contains(to)))
                        pairs.Add(new(from, to));
                }
            }
        }
        return pairs;
    }

    /// <summary>Whether two networks are joined, from the whole book: plain and slow.</summary>
    public static bool AreJoined(RuleBook book, Guid one, string projectOfOne, Guid other, string projectOfOther)
    {
        var pair = new NetworkPair(one, other);
        return one != other && Speaks(projectOfOne) && Speaks(projectOfOther);

        bool Speaks(string project) => book.Sets.Values.Any(set => set.Record.Project == project && PairsOf(set).Contains(pair));
    }

    public bool AreJoined(Guid one, Guid other) => _joined.TryGetValue(one, out var others) && others.Contains(other);

    /// <summary>The networks and external networks that one is joined to.</summary>
    public IReadOnlyCollection<Guid> JoinedTo(Guid network) => _joined.TryGetValue(network, out var others) ? others : [];

    /// <summary>What policy <paramref name="uid"/> says from now on.</summary>
    /// <param name="set">Null: it is gone.</param>
    /// <returns>The pairs that are joined now and were not, or the other way round.</returns>
    public IReadOnlyList<NetworkPair> SetPolicy(Guid uid, RuleSet? set)
    {
        var before = _said.TryGetValue(uid, out var said) ? said : ("", []);
        var pairs = set is null ? [] : (HashSet<NetworkPair>)PairsOf(set);
        var project = set?.Record.Project ?? "";
        var touched = new HashSet<NetworkPair>();
        var moved = before.Project != project;
        foreach (var pair in before.Pairs)
        {
            if (moved || !pairs.Contains(pair))
                Speak(pair, before.Project, -1, touched);
        }
        foreach (var pair in pairs)
        {
            if (moved || !before.Pairs.Contains(pair))
                Speak(pair, project, 1, touched);
        }
        if (pairs.Count > 0)
            _said[uid] = (project, pairs);
        else
            _said.Remove(uid);
        return Settle(touched);
    }

    /// <summary>Whose a network is; one that is not known is joined to nothing.</summary>
    /// <param name="project">Null: it is gone.</param>
    /// <returns>The pairs that are joined now and were not, or the other way round.</returns>
    public IReadOnlyList<NetworkPair> SetNetwork(Guid network, string? project)
    {
        if (project is null)
            _projects.Remove(network);
        else
            _projects[network] = project;
        return _spokenOf.TryGetValue(network, out var pairs) ? Settle(pairs) : [];
    }

    /// <summary>A network and an external network, whose consent nobody asks.</summary>
    /// <returns>Whether they were not, or were, before.</returns>
    public bool SetCrossing(NetworkPair pair, bool joined)
    {
        if (!(joined ? _crossings.Add(pair) : _crossings.Remove(pair)))
            return false;
        foreach (var network in (ReadOnlySpan<Guid>)[pair.First, pair.Second])
            _ = joined ? Link(_joined, network, pair.Other(network)) : Unlink(_joined, network, pair.Other(network));
        return true;
    }

    void Speak(NetworkPair pair, string project, int change, HashSet<NetworkPair> touched)
    {
        ref var speakers = ref CollectionsMarshal.GetValueRefOrAddDefault(_speakers, pair, out _);
        speakers ??= new(StringComparer.Ordinal);
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(speakers, project, out _);
        count += change;
        if (count == 0)
            speakers.Remove(project);
        touched.Add(pair);
    }

    List<NetworkPair> Settle(IEnumerable<NetworkPair> touched)
    {
        var changed = new List<NetworkPair>();
        foreach (var pair in touched.ToList())
        {
            var speakers = _speakers[pair];
            var joined = _crossings.Contains(pair) || _projects.TryGetValue(pair.First, out var one) && _projects.TryGetValue(pair.Second, out var other)
                && speakers.ContainsKey(one) && speakers.ContainsKey(other);
            if (joined ? Link(_joined, pair.First, pair.Second) : Unlink(_joined, pair.First, pair.Second))
                changed.Add(pair);
            if (joined)
                Link(_joined, pair.Second, pair.First);
            else
                Unlink(_joined, pair.Second, pair.First);
            Remember(pair, speakers.Count > 0);
        }
        return changed;
    }

    void Remember(NetworkPair pair, bool isSpokenOf)
    {
        if (!isSpokenOf)
            _speakers.Remove(pair);
        foreach (var network in (ReadOnlySpan<Guid>)[pair.First, pair.Second])
        {
            if (isSpokenOf)
                Link(_spokenOf, network, pair);
            else
                Unlink(_spokenOf, network, pair);
        }
    }

    static bool Link<T>(Dictionary<Guid, HashSet<T>> links, Guid key, T value)
    {
        ref var set = ref CollectionsMarshal.GetValueRefOrAddDefault(links, key, out _);
        return (set ??= []).Add(value);
    }

    static bool Unlink<T>(Dictionary<Guid, HashSet<T>> links, Guid key, T value)
    {
        if (!links.TryGetValue(key, out var set) || !set.Remove(value))
            return false;
        if (set.Count == 0)
            links.Remove(key);
        return true;
    }
}
