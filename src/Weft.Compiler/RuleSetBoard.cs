using System.Runtime.InteropServices;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Rules;

namespace Weft.Compiler;

/// <summary>All policies and security groups, who uses which name, and which networks are joined.</summary>
sealed class RuleSetBoard
{
    readonly Registry<RuleSetEntry> _sets = new();
    readonly Dictionary<ResourceKey, HashSet<RuleSetEntry>> _users = [];
    readonly NetworkJoins _joins = new();

    /// <summary>The security group of that key.</summary>
    public RuleSetEntry? At(ResourceKey key) => _sets.At(key);

    /// <summary>Takes over policies and groups themselves.</summary>
    /// <param name="keys">Of those that may have changed.</param>
    /// <param name="next">The snapshot.</param>
    /// <param name="step">Hears what has to be looked at.</param>
    public void Place(IReadOnlyCollection<ResourceKey> keys, Snapshot next, ClusterStep step)
    {
        var placement = _sets.Place(keys, next, resource => new(resource.Uid));
        step.MovedNames.UnionWith(placement.Moved);
        foreach (var entry in placement.Gone)
            step.RuleSets.Add(entry);
        foreach (var key in keys)
            if (_sets.At(key) is { } entry)
                step.RuleSets.Add(entry);
    }

    /// <summary>Compiles what was marked, and what uses a name that moved.</summary>
    public void Compile(Snapshot next, ClusterStep step)
    {
        var moved = new HashSet<RuleSetEntry>();
        foreach (var name in step.MovedNames)
            moved.UnionWith(_users.GetValueOrDefault(name, []));
        step.RuleSets.UnionWith(moved);
        foreach (var entry in step.RuleSets)
        {
            var isHere = _sets.Find(entry.Uid) == entry;
            entry.Place(isHere ? next.Find<Resource>(entry.Uid) : null, next, moved.Contains(entry));
            FollowNames(entry);
            if (entry.JoinsChanged)
                step.Toggle(_joins.SetPolicy(entry.Uid, entry.ToPolicy()));
        }
    }

    /// <summary>Whose a network is; null: it is gone.</summary>
    public void PlaceNetwork(Guid network, string? project, ClusterStep step) => step.Toggle(_joins.SetNetwork(network, project));

    public bool AreJoined(NetworkPair pair) => _joins.AreJoined(pair.First, pair.Second);

    void FollowNames(RuleSetEntry entry)
    {
        var (came, left) = entry.Names.Settle();
        foreach (var name in left)
        {
            var users = _users[name];
            users.Remove(entry);
            if (users.Count == 0)
                _users.Remove(name);
        }
        foreach (var name in came)
            (CollectionsMarshal.GetValueRefOrAddDefault(_users, name, out _) ??= []).Add(entry);
    }
}
