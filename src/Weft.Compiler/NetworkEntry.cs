using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>One network with its ports, who sees them, and what a running step has changed of them.</summary>
sealed class NetworkEntry(NodeNetwork record)
{
    readonly Dictionary<Guid, NodePort> _ports = [];
    readonly Dictionary<Guid, NodePort?> _before = [];

    public NodeNetwork Record { get; set; } = record;

    public IReadOnlyCollection<NodePort> Ports => _ports.Values;

    /// <summary>Nodes that hold a port; each port is a reason.</summary>
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
        Count(node, groups, 1);
    }

    public void Remove(Guid uid, NodeEntry? node, IReadOnlyList<RuleSetEntry> groups)
    {
        _before.TryAdd(uid, _ports[uid]);
        _ports.Remove(uid);
        Count(node, groups, -1);
    }

    /// <summary>What the step changed of the ports, for those who saw them before and after.</summary>
    public NodeDelta ChangedPorts(long revision)
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
        return builder.Build(revision);
    }

    /// <summary>All ports, for those who have not seen them before.</summary>
    public NodeDelta AllPorts(long revision) => NodeDelta.None(revision) with { Ports = [.. _ports.Values] };

    /// <summary>For those who see them no more.</summary>
    public NodeDelta NoPorts(long revision) => NodeDelta.None(revision) with { RemovedPorts = [.. PortsBefore()] };

    public void ForgetStep() => _before.Clear();

    IEnumerable<Guid> PortsBefore() =>
        _ports.Keys.Where(uid => !_before.ContainsKey(uid))
            .Concat(_before.Where(pair => pair.Value is not null).Select(pair => pair.Key));

    void Count(NodeEntry? node, IReadOnlyList<RuleSetEntry> groups, int change)
    {
        if (node is not null)
            Holders.Count(node, change);
        foreach (var group in groups)
            RuleSets.Count(group, change);
    }
}
