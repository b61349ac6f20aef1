namespace Weft.Server.Balancing;

/// <summary>Which nodes have been away for so long that others take over.</summary>
/// <remarks>Just after the server's own start nobody has had the time to come back: then nobody is taken for away.</remarks>
sealed class Absence(TimeProvider time)
{
    /// <summary>So long a node may be away.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>So long after the start nobody is taken for away.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    readonly Dictionary<string, long> _since = [];
    readonly HashSet<string> _known = [];
    readonly HashSet<string> _dead = [];
    readonly long _start = time.GetTimestamp();

    /// <summary>Looks who is there.</summary>
    /// <param name="nodes">All there are.</param>
    /// <param name="isConnected">Now.</param>
    /// <param name="dead">Those that are known to be so: they are away at once, and until they are connected again.</param>
    /// <returns>Those that are away, and those of them that were not at the last look.</returns>
    public (HashSet<string> Away, List<string> News) Look(
        IReadOnlyCollection<string> nodes, Func<string, bool> isConnected, IReadOnlySet<string> dead)
    {
        var (away, news) = (new HashSet<string>(), new List<string>());
        foreach (var node in _since.Keys.Except(nodes).ToList())
            Forget(node);
        foreach (var node in nodes)
        {
            if (dead.Contains(node))
                _dead.Add(node);
            else if (isConnected(node))
            {
                Forget(node);
                continue;
            }
            _since.TryAdd(node, time.GetTimestamp());
            if (!_dead.Contains(node) && (time.GetElapsedTime(_since[node]) < Patience || time.GetElapsedTime(_start) < Grace))
                continue;
            away.Add(node);
            if (_known.Add(node))
                news.Add(node);
        }
        return (away, news);
    }

    void Forget(string node)
    {
        _since.Remove(node);
        _known.Remove(node);
        _dead.Remove(node);
    }
}
