using Weft.Model.Resources;
using Weft.Server.Status;

namespace Weft.Server.Balancing;

/// <summary>Finds nodes that are dead long before their streams end: who has no more answer for its peers is asked here too.</summary>
/// <remarks>
/// A node is dead when half of those that watch it on the fabric find it silent, and the server does not hear it either: its
/// stream has ended, or it says nothing for a second after it was asked. Neither alone is enough. A node whose echoes are
/// filtered still answers the server, and one whose agent is down still answers its peers, as its vrouter goes on.
/// </remarks>
sealed class DeathWatch(PeerBoard peers, Action<string> hail, TimeProvider time)
{
    /// <summary>So long an answer to the server may take.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>So long after the start nobody is found dead: nodes come back one after the other, and few of them tell.</summary>
    internal static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    readonly Dictionary<string, long> _asked = [];
    readonly long _start = time.GetTimestamp();

    /// <summary>Who is dead now.</summary>
    /// <param name="nodes">By number, all there are.</param>
    /// <param name="isConnected">Whether its stream is there.</param>
    public HashSet<string> Look(IReadOnlyDictionary<uint, Node> nodes, Func<string, bool> isConnected)
    {
        var lost = peers.Suspects().Where(suspect => suspect.Value.IsLost)
            .Select(suspect => nodes.GetValueOrDefault(suspect.Key)?.Name).OfType<string>().ToHashSet();
        foreach (var node in _asked.Keys.Where(node => !lost.Contains(node)).ToList())
            _asked.Remove(node);
        return time.GetElapsedTime(_start) < Settling ? [] : lost.Where(node => !isConnected(node) || IsMute(node)).ToHashSet();
    }

    /// <summary>Asks again and again, for as long as the node answers.</summary>
    bool IsMute(string node)
    {
        var isAsked = _asked.TryGetValue(node, out var asked);
        if (isAsked && time.GetElapsedTime(asked) < Patience)
            return false;
        if (isAsked && !(peers.HeardAt(node) > asked))
            return true;
        _asked[node] = time.GetTimestamp();
        hail(node);
        return false;
    }
}
