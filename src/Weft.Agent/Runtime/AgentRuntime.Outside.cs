using Weft.Agent.Desired;
using Weft.Agent.Outside;
using Weft.Agent.State;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Linux;
using Weft.Model.Local;
using Weft.Model.State;

namespace Weft.Agent.Runtime;

public sealed partial class AgentRuntime
{
    readonly AnsweredAddresses _answered = new();
    readonly HashSet<RouteKey> _routesChanged = []; // since the neighbours outside were last told
    readonly HashSet<int> _uplinkInterfaces = [];
    readonly Dictionary<int, string> _uplinkErrors = [];
    Announcer? _announcer;
    volatile IReadOnlyList<LocalUplink> _localUplinks = [];
    bool _strayUplinksGone;

    /// <summary>As of the last round.</summary>
    internal IReadOnlyList<LocalUplink> LocalUplinks => _localUplinks;

    /// <summary>Programs on uplinks; what an earlier agent left on others goes when the server has confirmed that they are none.</summary>
    void AttachUplinks(Vrouter vrouter)
    {
        var wanted = _uplinks.Uplinks.Values.ToDictionary(uplink => uplink.Ifindex, uplink => uplink.Interface);
        foreach (var (ifindex, name) in wanted.Where(uplink => !_uplinkInterfaces.Contains(uplink.Key)))
        {
            var attached = Try(
                () =>
                {
                    vrouter.AttachUplink(ifindex);
                    // Solicitations for floating IPs go to groups that the host is not in (RFC 4861 section 7.2.1). It stays when the
                    // uplink is none any more: the host may have come to rely on it.
                    _host.Netlink.UpdateLink(ifindex, new LinkUpdate { AllMulticast = true });
                },
                $"uplink {name}");
            if (attached is { } error)
                _uplinkErrors[ifindex] = error;
            else if (_uplinkInterfaces.Add(ifindex))
                _uplinkErrors.Remove(ifindex);
        }
        if (_confirmed && !_strayUplinksGone)
        {
            _uplinkInterfaces.UnionWith(vrouter.Attachments().Where(attached => attached.Hook == Hook.Uplink).Select(attached => attached.Ifindex));
            _strayUplinksGone = true;
        }
        foreach (var ifindex in _uplinkInterfaces.Where(ifindex => !wanted.ContainsKey(ifindex)).ToList())
        {
            _uplinkInterfaces.Remove(ifindex);
            Try(() => vrouter.DetachUplink(ifindex), "a former uplink");
        }
        foreach (var ifindex in _uplinkErrors.Keys.Where(ifindex => !wanted.ContainsKey(ifindex)).ToList())
            _uplinkErrors.Remove(ifindex);
    }

    /// <summary>Has the neighbours outside told of what this node has begun to answer for.</summary>
    void FollowAnswers(AgentState agent)
    {
        _answered.Follow(
            _routesChanged.Select(key => (key, _records.Routes.TryGet(key, out var route) ? route : (RouteEntry?)null)),
            _records.Outside.Uplinks.Records, _announcer);
        _routesChanged.Clear();
        _localUplinks =
        [
            .. agent.State.Externals.Values.Where(external => _uplinks.Uplinks.ContainsKey(external.Uid))
                .OrderBy(external => external.Name, StringComparer.Ordinal)
                .Select(external => (external, _uplinks.Uplinks[external.Uid]))
                .Select(((NodeExternal External, UplinkFacts Facts) uplink) => new LocalUplink(
                    uplink.External.Name, uplink.Facts.Interface, [.. uplink.Facts.Addresses.Select(own => $"{own.Address}")],
                    _answered.CountOf(uplink.External.Vni))),
        ];
    }

    /// <summary>Without it neighbours find out when they ask next.</summary>
    async Task AnnounceAsync(Vrouter vrouter, CancellationToken cancellation)
    {
        try
        {
            if (vrouter.IsContinued)
                _answered.Begin(vrouter.Routes.Actual(), vrouter.Uplinks.Actual());
            using var socket = PacketSocket.Open(_host.Namespace);
            _announcer = new Announcer((ifindex, frame) => socket.Send(ifindex, frame), _time, _logger);
            await _announcer.RunAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
        catch (LinuxException failure)
        {
            LogNoAnnouncements(failure.Message);
        }
    }
}
