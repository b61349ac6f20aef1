using System.Collections.Immutable;
using System.Net;
using Weft.Agent.Fabric;
using Weft.Agent.Outside;
using Weft.Agent.State;
using Weft.Dataplane;
using Weft.Model.State;

namespace Weft.Agent.Runtime;

public sealed partial class AgentRuntime
{
    /// <summary>So long after others answer again this node waits for the server.</summary>
    static readonly TimeSpan Doubt = TimeSpan.FromSeconds(30);

    PeerWatcher? _watcher;
    long? _aloneAt;
    NodeState _watched = NodeState.Empty;
    (IPAddress? Own, IPAddress? Witness) _watchedFrom;
    PeerSights _sights = PeerSights.None;
    ImmutableHashSet<uint> _silent = [];
    bool _hasFallenSilent;

    async Task WatchPeersAsync(CancellationToken cancellation)
    {
        // Pings of containers are translated to other identifiers, and their answers would not come to us.
        var shared = PortShares.Beside(_host.Namespace);
        ushort identifier;
        do
            identifier = (ushort)Random.Shared.Next(1, ushort.MaxValue + 1);
        while (shared?.Contains(identifier) == true);
        _watcher = new(_host.Namespace, identifier, () => _wake.Ring(WakeReasons.State), _time, _logger);
        await _watcher.RunAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Says whom to watch, and takes what was seen.</summary>
    void FollowPeers(AgentState agent)
    {
        if (_watcher is not { } watcher || _fabric.Info is not { } fabric)
            return;
        var (next, from) = (agent.State, (fabric.Address, _fabric.Gateway));
        if (!ReferenceEquals(next.Balancers, _watched.Balancers) || !ReferenceEquals(next.Ports, _watched.Ports)
            || !ReferenceEquals(next.Peers, _watched.Peers) || from != _watchedFrom)
            watcher.Follow(fabric.Address, WatchList.Of(next, agent.NodeNumber, fabric.Address), _fabric.Gateway);
        (_watched, _watchedFrom) = (next, from);
        if (ReferenceEquals(watcher.Sights, _sights))
            return;
        _sights = watcher.Sights;
        if (_silent.SetEquals(_sights.Silent.Keys))
            return;
        _hasFallenSilent |= !_silent.IsSupersetOf(_sights.Silent.Keys);
        _silent = [.. _sights.Silent.Keys];
    }

    /// <summary>
    /// Whether others may have taken over what this node answers for: it has seen nobody on the fabric, and has not had a word
    /// of the server since. A server that stays away while the others are there again is dead itself, and moves nothing.
    /// </summary>
    bool IsCutOff(AgentState agent)
    {
        if (agent.Connected)
            _aloneAt = null;
        else if (_sights.IsAlone)
            _aloneAt = _time.GetTimestamp();
        else if (_aloneAt is { } last && _time.GetElapsedTime(last) > Doubt)
            _aloneAt = null;
        return _aloneAt is not null;
    }

    IEnumerable<string> CutOffFaults() => _aloneAt is null ? []
        : ["nobody answers on the fabric and the server is away: what load balancers have floating IPs for is not answered for here"];

    /// <summary>Connections that wait for an answer of a node that has fallen silent are forgotten: their next try leads elsewhere.</summary>
    void LetTryAgain(Vrouter vrouter)
    {
        if (!_hasFallenSilent)
            return;
        _hasFallenSilent = false;
        try
        {
            vrouter.Report(_options.FlowInterval);
        }
        catch (IOException failure)
        {
            LogSweepFailed(failure.Message);
        }
    }
}
