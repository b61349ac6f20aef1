using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>One network with its ports, and what a running step has changed of them.</summary>
sealed class NetworkEntry(NodeNetwork record)
{
    readonly Dictionary<Guid, NodePort> _ports = [];
    readonly Dictionary<string, int> _portsByNode = [];
    readonly Dictionary<Guid, NodePort?> _before = [];
    readonly HashSet<string> _movedNodes = [];

    public NodeNetwork Record { get; set; } = record;

    public IReadOnlyCollection<NodePort> Ports => _ports.Values;

    /// <summary>Names of the nodes that hold a port, as of the last settled step.</summary>
    public HashSet<string> Nodes { get; } = [];

    public void Add(NodePort port, string? node)
    {
        _before.TryAdd(port.Uid, _ports.GetValueOrDefault(port.Uid));
        _ports[port.Uid] = port;
        Count(node, 1);
    }

    public void Remove(Guid uid, string? node)
    {
        _before.TryAdd(uid, _ports[uid]);
        _ports.Remove(uid);
        Count(node, -1);
    }

    /// <summary>Brings <see cref="Nodes"/> up to date.</summary>
    /// <returns>Who holds a first port now, and who holds none any more.</returns>
    public (List<string> Joined, List<string> Left) Settle()
    {
        var (joined, left) = (new List<string>(), new List<string>());
        foreach (var node in _movedNodes)
            if (!_portsByNode.ContainsKey(node))
            {
                if (Nodes.Remove(node))
                    left.Add(node);
            }
            else if (Nodes.Add(node))
                joined.Add(node);
        _movedNodes.Clear();
        return (joined, left);
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

    /// <summary>The ports there were before the step.</summary>
    public IEnumerable<Guid> PortsBefore() =>
        _ports.Keys.Where(uid => !_before.ContainsKey(uid))
            .Concat(_before.Where(pair => pair.Value is not null).Select(pair => pair.Key));

    public void ForgetStep() => _before.Clear();

    void Count(string? node, int change)
    {
        if (node is null)
            return;
        _movedNodes.Add(node);
        var count = _portsByNode.GetValueOrDefault(node) + change;
        if (count == 0)
            _portsByNode.Remove(node);
        else
            _portsByNode[node] = count;
    }
}
