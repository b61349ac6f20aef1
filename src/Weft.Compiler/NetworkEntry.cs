using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>One network with its ports and load balancers, who sees them, and what a running step has changed of them.</summary>
sealed class NetworkEntry(NodeNetwork record)
{
    readonly Dictionary<Guid, NodePort> _ports = [];
    readonly Dictionary<Guid, NodePort?> _before = [];
    readonly Dictionary<string, NodePort> _byName = [];
    readonly Dictionary<Guid, NodeBalancer> _balancers = [];
    readonly Dictionary<Guid, NodeBalancer?> _balancersBefore = [];

    public NodeNetwork Record { get; set; } = record;

    public IReadOnlyCollection<NodePort> Ports => _ports.Values;

    public IReadOnlyDictionary<string, NodePort> PortsByName => _byName;

    public IReadOnlyCollection<NodeBalancer> Balancers => _balancers.Values;

    /// <summary>Nodes that hold a port, or that a load balancer is placed on; each is a reason.</summary>
    public Tally<NodeEntry> Holders { get; } = new();

    /// <summary>
    /// Nodes that are told of its ports; to hold one is a reason, and so is each joined network that they hold a port of.
    /// </summary>
    public Tally<NodeEntry> Viewers { get; } = new();

    /// <summary>Policies that are attached, and security groups; each port that has a group is a reason.</summary>
    public Tally<RuleSetEntry> RuleSets { get; } = new();

    /// <summary>Networks that it is joined to, as of the last settled step. Symmetric.</summary>
    public HashSet<NetworkEntry> Joined { get; } = [];

    public void Add(NodePort port, NodeEntry? node, IReadOnlyList<RuleSetEntry> groups)
    {
        _before.TryAdd(port.Uid, _ports.GetValueOrDefault(port.Uid));
        _ports[port.Uid] = port;
        _byName[port.Name] = port;
        Count(node, groups, 1);
    }

    public void Remove(Guid uid, NodeEntry? node, IReadOnlyList<RuleSetEntry> groups)
    {
        _before.TryAdd(uid, _ports[uid]);
        if (_ports.Remove(uid, out var port) && _byName.GetValueOrDefault(port.Name)?.Uid == uid)
            _byName.Remove(port.Name);
        Count(node, groups, -1);
    }

    /// <param name="balancer">The record.</param>
    /// <param name="node">That it is placed on.</param>
    public void Add(NodeBalancer balancer, NodeEntry? node)
    {
        if (node is not null)
            Holders.Count(node, 1);
        _balancersBefore.TryAdd(balancer.Uid, _balancers.GetValueOrDefault(balancer.Uid));
        _balancers[balancer.Uid] = balancer;
    }

    public void RemoveBalancer(Guid uid, NodeEntry? node)
    {
        if (node is not null)
            Holders.Count(node, -1);
        _balancersBefore.TryAdd(uid, _balancers.GetValueOrDefault(uid));
        _balancers.Remove(uid);
    }

    /// <summary>Ports that the step looked at, as they were and as they are.</summary>
    public IEnumerable<NodePort> TouchedPorts() =>
        _before.Values.Concat(_before.Keys.Select(uid => _ports.GetValueOrDefault(uid))).OfType<NodePort>();

    /// <summary>What the step changed of ports and load balancers, for those who saw them before and after.</summary>
    public NodeDelta Changed(long revision)
    {
        var builder = new NodeDeltaBuilder();
        foreach (var (uid, before) in _before)
        {
            var after = _ports.GetValueOrDefault(uid);
            if (after is null && before is not null)
                builder.RemovePort(uid);
            else if (after is not null && !after.Equals(before))
                builder.Set(after);
        }
        foreach (var (uid, before) in _balancersBefore)
        {
            var after = _balancers.GetValueOrDefault(uid);
            if (after is null && before is not null)
                builder.RemoveBalancer(uid);
            else if (after is not null && !after.Equals(before))
                builder.Set(after);
        }
        return builder.Build(revision);
    }

    /// <summary>All ports and load balancers, for those who have not seen them before.</summary>
    public NodeDelta All(long revision) =>
        NodeDelta.None(revision) with { Ports = [.. _ports.Values], Balancers = [.. _balancers.Values] };

    /// <summary>For those who see them no more.</summary>
    public NodeDelta None(long revision) =>
        NodeDelta.None(revision) with { RemovedPorts = [.. Before(_ports, _before)], RemovedBalancers = [.. Before(_balancers, _balancersBefore)] };

    public void ForgetStep()
    {
        _before.Clear();
        _balancersBefore.Clear();
    }

    static IEnumerable<Guid> Before<TRecord>(Dictionary<Guid, TRecord> now, Dictionary<Guid, TRecord?> before) where TRecord : class =>
        now.Keys.Where(uid => !before.ContainsKey(uid))
            .Concat(before.Where(pair => pair.Value is not null).Select(pair => pair.Key));

    void Count(NodeEntry? node, IReadOnlyList<RuleSetEntry> groups, int change)
    {
        if (node is not null)
            Holders.Count(node, change);
        foreach (var group in groups)
            RuleSets.Count(group, change);
    }
}
