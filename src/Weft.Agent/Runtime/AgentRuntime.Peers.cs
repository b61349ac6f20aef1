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
    PeerWatcher? _watcher;
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
