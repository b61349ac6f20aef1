using System.Collections.Immutable;
using Weft.Agent.Balancing;
using Weft.Agent.State;
using Weft.Dataplane.Abi;
using Weft.Model.State;

namespace Weft.Agent.Desired;

/// <summary>Which members of this node are asked whether they are well, and by which way; kept up with its inputs.</summary>
/// <param name="balancersOf">Load balancers of which a port is a member.</param>
sealed class DesiredProbes(Func<Guid, IEnumerable<Guid>> balancersOf)
{
    readonly Dictionary<Guid, Dictionary<NodeMemberKey, Guid>> _asked = []; // by load balancer, with the members' ports
    readonly Dictionary<Guid, int> _reasons = []; // by port, how many members of it are asked

    /// <summary>The ways.</summary>
    internal RecordTable<Address, Probe> Probes { get; } = new();

    /// <summary>All that is to be asked.</summary>
    internal ImmutableDictionary<NodeMemberKey, HealthCheck> Checks { get; private set; } = ImmutableDictionary<NodeMemberKey, HealthCheck>.Empty;

    /// <param name="before">The input before.</param>
    /// <param name="next">The input.</param>
    /// <param name="balancers">That changed.</param>
    /// <param name="ports">That changed.</param>
    /// <param name="networks">That changed.</param>
    internal void Update(DesiredInput before, DesiredInput next, IReadOnlySet<Guid> balancers, IReadOnlySet<Guid> ports, IReadOnlySet<Guid> networks)
    {
        var moved = ports.Union(Difference.OfKeys(before.Locals, next.Locals)).ToHashSet();
        if (before.Node != next.Node || networks.Count > 0)
            moved.UnionWith(_reasons.Keys);
        var looked = balancers.Union(before.Node != next.Node ? next.State.Balancers.Keys : moved.SelectMany(balancersOf)).ToList();
        foreach (var uid in looked)
            moved.UnionWith(Look(uid, next));
        foreach (var uid in moved)
            Lead(uid, next);
    }

    /// <returns>Ports that are asked from now on, or no more.</returns>
    List<Guid> Look(Guid uid, DesiredInput input)
    {
        var before = _asked.GetValueOrDefault(uid, []);
        var after = new Dictionary<NodeMemberKey, Guid>();
        var checks = Checks.ToBuilder();
        if (input.State.Balancers.TryGetValue(uid, out var balancer))
            foreach (var (key, check) in ChecksOf(balancer, input))
            {
                after[key] = key.Port;
                if (!check.Equals(checks.GetValueOrDefault(key)))
                    checks[key] = check;
            }
        foreach (var key in before.Keys.Where(key => !after.ContainsKey(key)))
            checks.Remove(key);
        Checks = checks.ToImmutable();
        foreach (var port in before.Values)
            Count(port, -1);
        foreach (var port in after.Values)
            Count(port, 1);
        if (after.Count > 0)
            _asked[uid] = after;
        else
            _asked.Remove(uid);
        return [.. before.Values, .. after.Values];
    }

    static IEnumerable<(NodeMemberKey Key, HealthCheck Check)> ChecksOf(NodeBalancer balancer, DesiredInput input)
    {
        foreach (var pool in balancer.Pools.Where(pool => pool.HealthMonitor is not null))
            foreach (var member in pool.Members)
                if (input.Locals.TryGetValue(member.Port, out var local)
                    && input.State.Ports.TryGetValue(member.Port, out var port) && port.NodeNumber == input.Node
                    && ProbeManager.CheckOf(balancer, pool, member, port, local) is { } check)
                    yield return (new(balancer.Uid, pool.Name, member.Port, member.TargetPort), check);
    }

    void Count(Guid port, int change)
    {
        var count = _reasons.GetValueOrDefault(port) + change;
        if (count == 0)
            _reasons.Remove(port);
        else
            _reasons[port] = count;
    }

    void Lead(Guid uid, DesiredInput input) => Probes.Set(RecordOwner.Of(uid),
        _reasons.ContainsKey(uid)
            && input.Locals.TryGetValue(uid, out var local)
            && input.State.Ports.TryGetValue(uid, out var port)
            && input.State.Networks.TryGetValue(port.Network, out var network)
            ? ProbeManager.Of(port, network, local)
            : []);
}
