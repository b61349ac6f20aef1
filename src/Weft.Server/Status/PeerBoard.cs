namespace Weft.Server.Status;

/// <summary>Which nodes answer each other on the fabric, as those that are connected tell it, and when each was last heard here.</summary>
public sealed class PeerBoard
{
    readonly Lock _lock = new();
    readonly Dictionary<string, Sights> _sights = []; // by who tells
    readonly Dictionary<string, long> _heard = [];

    /// <summary>All that a node sees of others, by their numbers.</summary>
    /// <param name="node">That tells.</param>
    /// <param name="answering">They answer it.</param>
    /// <param name="silent">They did, and do no longer.</param>
    /// <param name="now">The time.</param>
    public void Set(string node, IEnumerable<uint> answering, IEnumerable<uint> silent, DateTimeOffset now)
    {
        lock (_lock)
        {
            var before = _sights.GetValueOrDefault(node)?.Silent;
            _sights[node] = new(
                [.. answering], silent.Distinct().ToDictionary(number => number, number => before?.GetValueOrDefault(number, now) ?? now));
        }
    }

    /// <summary>The node said something.</summary>
    /// <param name="node">Its name.</param>
    /// <param name="timestamp">When, by the clock that only goes forward.</param>
    public void Hear(string node, long timestamp)
    {
        lock (_lock)
            _heard[node] = timestamp;
    }

    /// <summary>When the node last said something; null: not since it has been away.</summary>
    public long? HeardAt(string node)
    {
        lock (_lock)
            return _heard.TryGetValue(node, out var timestamp) ? timestamp : null;
    }

    /// <summary>The node is away, or no more: what it saw counts no longer.</summary>
    public void Forget(string node)
    {
        lock (_lock)
        {
            _sights.Remove(node);
            _heard.Remove(node);
        }
    }

    /// <summary>What others see of a node.</summary>
    public PeerSight On(uint number)
    {
        lock (_lock)
            return On_NeedsLock(number);
    }

    /// <summary>What is seen of every node that somebody finds silent.</summary>
    public IReadOnlyDictionary<uint, PeerSight> Suspects()
    {
        lock (_lock)
            return _sights.Values.SelectMany(sights => sights.Silent.Keys).Distinct().ToDictionary(number => number, On_NeedsLock);
    }

    PeerSight On_NeedsLock(uint number)
    {
        List<string> silent = [.. _sights.Where(sights => sights.Value.Silent.ContainsKey(number)).Select(sights => sights.Key)];
        silent.Sort(StringComparer.Ordinal);
        return new(
            silent, _sights.Values.Count(sights => sights.Answering.Contains(number)),
            silent.Count == 0 ? default : silent.Min(node => _sights[node].Silent[number]));
    }

    sealed record Sights(HashSet<uint> Answering, Dictionary<uint, DateTimeOffset> Silent);
}

/// <summary>How one node looks to those that watch it on the fabric.</summary>
/// <param name="Silent">Names of nodes that it does not answer.</param>
/// <param name="Answering">How many it answers.</param>
/// <param name="Since">When the first of them told so.</param>
public sealed record PeerSight(IReadOnlyList<string> Silent, int Answering, DateTimeOffset Since)
{
    /// <summary>Half of those that watch it, or more, have no answer.</summary>
    public bool IsLost => Silent.Count > 0 && Silent.Count >= Answering;
}
