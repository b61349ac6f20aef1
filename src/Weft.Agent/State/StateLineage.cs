using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Weft.Model.State;

namespace Weft.Agent.State;

/// <summary>The keys of what differs between two states.</summary>
/// <param name="Networks">Uids.</param>
/// <param name="Ports">Uids.</param>
/// <param name="Peers">Numbers.</param>
/// <param name="RuleSets">Uids of those whose own record differs; their rules are told apart.</param>
/// <param name="Rules">Rules that differ, came or went.</param>
sealed record StateChanges(
    HashSet<Guid> Networks, HashSet<Guid> Ports, HashSet<uint> Peers, HashSet<Guid> RuleSets, HashSet<NodeRuleKey> Rules)
{
    /// <summary>Uids of external networks.</summary>
    internal HashSet<Guid> Externals { get; init; } = [];

    /// <summary>Uids of floating IPs.</summary>
    internal HashSet<Guid> Floatings { get; init; } = [];

    /// <summary>Uids of load balancers that differ, or whose members' health does.</summary>
    internal HashSet<Guid> Balancers { get; init; } = [];
}

/// <summary>Remembers by which step a state came from another, so that nobody has to compare them whole.</summary>
/// <remarks>
/// A node state may hold tens of thousands of records, of which one changes. Who made the state knew which; who uses
/// it may have missed some states in between. So every state leads back to those before it, for a while. Where no
/// way leads back the two are compared, which is always right and only costs time.
/// </remarks>
static class StateLineage
{
    const int Longest = 64; // states kept alive by the newest

    static readonly ConditionalWeakTable<NodeState, Step> Steps = [];

    /// <summary><paramref name="after"/> is <paramref name="before"/> with the delta applied.</summary>
    internal static void Record(NodeState before, NodeState after, NodeDelta delta)
    {
        var length = Steps.TryGetValue(before, out var earlier) ? earlier.Length + 1 : 1;
        if (length <= Longest && !ReferenceEquals(before, after))
            Steps.AddOrUpdate(after, new(before, delta, length));
    }

    /// <summary>At least the keys whose records differ.</summary>
    internal static StateChanges Between(NodeState before, NodeState after)
    {
        var changes = new StateChanges([], [], [], [], []);
        var state = after;
        while (!ReferenceEquals(state, before))
        {
            if (!Steps.TryGetValue(state, out var step))
                return Compare(before, after);
            Add(changes, step.Delta);
            state = step.Before;
        }
        return changes;
    }

    static void Add(StateChanges changes, NodeDelta delta)
    {
        changes.Networks.UnionWith(delta.Networks.Select(network => network.Uid));
        changes.Networks.UnionWith(delta.RemovedNetworks);
        changes.Ports.UnionWith(delta.Ports.Select(port => port.Uid));
        changes.Ports.UnionWith(delta.RemovedPorts);
        changes.Peers.UnionWith(delta.Peers.Select(peer => peer.Number));
        changes.Peers.UnionWith(delta.RemovedPeers);
        changes.RuleSets.UnionWith(delta.RuleSets.Select(set => set.Uid));
        changes.RuleSets.UnionWith(delta.RemovedRuleSets);
        changes.Rules.UnionWith(delta.Rules.Select(rule => rule.Key));
        changes.Rules.UnionWith(delta.RemovedRules);
        changes.Externals.UnionWith(delta.Externals.Select(external => external.Uid));
        changes.Externals.UnionWith(delta.RemovedExternals);
        changes.Floatings.UnionWith(delta.Floatings.Select(floating => floating.Uid));
        changes.Floatings.UnionWith(delta.RemovedFloatings);
        changes.Balancers.UnionWith(delta.Balancers.Select(balancer => balancer.Uid));
        changes.Balancers.UnionWith(delta.RemovedBalancers);
        changes.Balancers.UnionWith(delta.Health.Select(health => health.Key.Balancer));
        changes.Balancers.UnionWith(delta.RemovedHealth.Select(key => key.Balancer));
    }

    static StateChanges Compare(NodeState before, NodeState after) => new(
        Difference.OfKeys(before.Networks, after.Networks),
        Difference.OfKeys(before.Ports, after.Ports),
        Difference.OfKeys(before.Peers, after.Peers),
        Difference.OfKeys(before.RuleSets, after.RuleSets),
        Difference.OfKeys(before.Rules, after.Rules))
    {
        Externals = Difference.OfKeys(before.Externals, after.Externals),
        Floatings = Difference.OfKeys(before.Floatings, after.Floatings),
        Balancers =
        [
            .. Difference.OfKeys(before.Balancers, after.Balancers),
            .. Difference.OfKeys(before.Health, after.Health).Select(key => key.Balancer),
        ],
    };

    sealed record Step(NodeState Before, NodeDelta Delta, int Length);
}

/// <summary>Differences of immutable dictionaries.</summary>
static class Difference
{
    /// <summary>The keys whose values are not the same object, on either side.</summary>
    internal static HashSet<TKey> OfKeys<TKey, TValue>(
        ImmutableDictionary<TKey, TValue> before, ImmutableDictionary<TKey, TValue> after)
        where TKey : notnull
        where TValue : class
    {
        var keys = new HashSet<TKey>();
        if (ReferenceEquals(before, after))
            return keys;
        var kept = 0;
        foreach (var (key, value) in after)
        {
            if (!before.TryGetValue(key, out var old))
                keys.Add(key);
            else
            {
                kept++;
                if (!ReferenceEquals(old, value))
                    keys.Add(key);
            }
        }
        if (kept < before.Count)
            keys.UnionWith(before.Keys.Where(key => !after.ContainsKey(key)));
        return keys;
    }
}
