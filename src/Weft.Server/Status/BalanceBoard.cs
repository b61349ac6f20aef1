using Weft.Model.State;

namespace Weft.Server.Status;

/// <summary>
/// What nodes told of load balancers: whether their members are well, and what went through. In memory only, as all that
/// nodes tell.
/// </summary>
public sealed class BalanceBoard
{
    readonly Lock _lock = new();
    readonly Dictionary<Guid, Dictionary<NodeMemberKey, NodeHealth>> _health = []; // by load balancer
    readonly Dictionary<Guid, HashSet<NodeMemberKey>> _byPort = [];
    readonly Dictionary<string, IReadOnlyDictionary<Guid, string>> _faults = [];
    readonly Dictionary<Guid, Counts> _counts = []; // by load balancer

    /// <returns>False when that is known.</returns>
    public bool Set(NodeHealth health)
    {
        lock (_lock)
        {
            if (!_health.TryGetValue(health.Key.Balancer, out var members))
                _health[health.Key.Balancer] = members = [];
            if (members.GetValueOrDefault(health.Key) == health)
                return false;
            members[health.Key] = health;
            if (!_byPort.TryGetValue(health.Key.Port, out var keys))
                _byPort[health.Key.Port] = keys = [];
            keys.Add(health.Key);
            return true;
        }
    }

    /// <summary>Of the members that have been asked.</summary>
    public IReadOnlyList<NodeHealth> HealthOf(Guid balancer)
    {
        lock (_lock)
            return _health.TryGetValue(balancer, out var members) ? [.. members.Values] : [];
    }

    /// <summary>Null: not asked yet.</summary>
    public NodeHealth? Find(NodeMemberKey key)
    {
        lock (_lock)
            return _health.GetValueOrDefault(key.Balancer)?.GetValueOrDefault(key);
    }

    /// <summary>Forgets the health of all but these.</summary>
    /// <returns>What was forgotten.</returns>
    public IReadOnlyList<NodeMemberKey> Keep(Guid balancer, IReadOnlySet<NodeMemberKey> members)
    {
        lock (_lock)
        {
            List<NodeMemberKey> gone =
                _health.TryGetValue(balancer, out var known) ? [.. known.Keys.Where(key => !members.Contains(key))] : [];
            gone.ForEach(Forget_NeedsLock);
            if (_counts.TryGetValue(balancer, out var counts))
                foreach (var key in counts.Members.Keys.Where(key => !members.Contains(key.Member)).ToList())
                    counts.Members.Remove(key);
            return gone;
        }
    }

    /// <summary>Forgets what was found of a port: it is another now, or elsewhere.</summary>
    /// <returns>What was forgotten.</returns>
    public IReadOnlyList<NodeMemberKey> ForgetPort(Guid port)
    {
        lock (_lock)
        {
            List<NodeMemberKey> gone = [.. _byPort.GetValueOrDefault(port, [])];
            gone.ForEach(Forget_NeedsLock);
            return gone;
        }
    }

    /// <summary>It is no more.</summary>
    public void ForgetBalancer(Guid uid)
    {
        Keep(uid, new HashSet<NodeMemberKey>());
        lock (_lock)
            _counts.Remove(uid);
    }

    /// <summary>The node is no more, or is about to tell all of its counts.</summary>
    public void ForgetCounts(string node)
    {
        SetFaults(node, new Dictionary<Guid, string>());
        lock (_lock)
            foreach (var counts in _counts.Values)
            {
                foreach (var key in counts.Listeners.Keys.Where(key => key.Node == node).ToList())
                    counts.Listeners.Remove(key);
                foreach (var key in counts.Members.Keys.Where(key => key.Node == node).ToList())
                    counts.Members.Remove(key);
            }
    }

    /// <summary>The totals of one node.</summary>
    public void SetListener(string node, Guid balancer, string listener, BalanceCount count)
    {
        lock (_lock)
            CountsOf_NeedsLock(balancer).Listeners[(node, listener)] = count;
    }

    /// <inheritdoc cref="SetListener"/>
    public void SetMember(string node, NodeMemberKey member, BalanceCount count)
    {
        lock (_lock)
            CountsOf_NeedsLock(member.Balancer).Members[(node, member)] = count;
    }

    /// <summary>What a node's proxy has to complain of, all of it.</summary>
    public void SetFaults(string node, IReadOnlyDictionary<Guid, string> faults)
    {
        lock (_lock)
        {
            if (faults.Count > 0)
                _faults[node] = faults;
            else
                _faults.Remove(node);
        }
    }

    /// <summary>Null: nothing.</summary>
    public string? FaultOf(Guid balancer, string node)
    {
        lock (_lock)
            return _faults.GetValueOrDefault(node)?.GetValueOrDefault(balancer);
    }

    /// <summary>Of all nodes, by listener and by member.</summary>
    public (Dictionary<string, BalanceCount> Listeners, Dictionary<NodeMemberKey, BalanceCount> Members) SumsOf(Guid balancer)
    {
        var (listeners, members) = (new Dictionary<string, BalanceCount>(), new Dictionary<NodeMemberKey, BalanceCount>());
        lock (_lock)
        {
            if (!_counts.TryGetValue(balancer, out var counts))
                return (listeners, members);
            foreach (var ((_, listener), count) in counts.Listeners)
                listeners[listener] = listeners.GetValueOrDefault(listener) + count;
            foreach (var ((_, member), count) in counts.Members)
                members[member] = members.GetValueOrDefault(member) + count;
        }
        return (listeners, members);
    }

    Counts CountsOf_NeedsLock(Guid balancer)
    {
        if (!_counts.TryGetValue(balancer, out var counts))
            _counts[balancer] = counts = new();
        return counts;
    }

    void Forget_NeedsLock(NodeMemberKey key)
    {
        if (_health.TryGetValue(key.Balancer, out var members) && members.Remove(key) && members.Count == 0)
            _health.Remove(key.Balancer);
        if (_byPort.TryGetValue(key.Port, out var keys) && keys.Remove(key) && keys.Count == 0)
            _byPort.Remove(key.Port);
    }

    sealed class Counts
    {
        public Dictionary<(string Node, string Listener), BalanceCount> Listeners { get; } = [];

        public Dictionary<(string Node, NodeMemberKey Member), BalanceCount> Members { get; } = [];
    }
}
