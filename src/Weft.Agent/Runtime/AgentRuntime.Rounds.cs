using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Weft.Agent.Desired;
using Weft.Agent.State;
using Weft.Dataplane;
using Weft.Linux;

namespace Weft.Agent.Runtime;

public sealed partial class AgentRuntime
{
    const int ResyncTicks = 60;
    const int MostFailures = 20;
    int _ticks;
    ImmutableHashSet<uint> _inDoubt = [];
    string _doubtReason = "";

    void Round(Vrouter vrouter, WakeReasons reasons)
    {
        var agent = _state.Value;
        if (!agent.InSync || agent.NodeNumber == 0)
            return;
        // One round takes the changes of all states since the one before; the newest is what it is told of.
        using var span = agent.Cause != _seen.Cause && agent.Cause != default
            ? AgentTraces.Source.StartActivity("round", ActivityKind.Consumer, agent.Cause) : null;
        if (_keeper.Adopt(agent) || reasons.HasFlag(WakeReasons.Interfaces))
            _keeper.FindLost();
        _fabric.Refresh(agent.State.Peers, reasons.HasFlag(WakeReasons.Paths));
        _uplinks.Refresh(agent.State.Externals, _fabric.Info, reasons.HasFlag(WakeReasons.Paths));
        FollowPeers(agent);
        UpdateRecords(vrouter, agent);
        if (agent.Confirmed && !_confirmed)
        {
            TakeOverBalancing(vrouter);
            vrouter.MarkInSync();
            _confirmed = true;
            LogConfirmed(agent.State.Revision, _locals.Count);
        }
        using var applying = span is null ? null : AgentTraces.Source.StartActivity("apply");
        var isResync = reasons.HasFlag(WakeReasons.Time) && ++_ticks % ResyncTicks == 0;
        var result = isResync ? vrouter.Resync() : vrouter.Apply();
        if (TakeDoubts(vrouter, result))
        {
            UpdateRecords(vrouter, agent);
            result = vrouter.Apply();
        }
        applying?.SetTag("weft.failures", result.Failures.Count).Stop();
        span?.SetTag("weft.node", _options.NodeName).SetTag("weft.revision", agent.State.Revision);
        foreach (var failure in result.Failures.Take(MostFailures))
            LogApplyFailed(failure.Table, failure.Key, failure.Error.Message);
        LetTryAgain(vrouter);
        AttachPrograms(vrouter, isFirst: _seen == AgentState.Initial);
        FollowAnswers(agent);
        _checker?.Follow(_records.Probes.Checks);
        _seen = agent;
        if (reasons.HasFlag(WakeReasons.Time))
            CountBalancing(vrouter);
        Publish(agent, result, reasons.HasFlag(WakeReasons.Time) ? vrouter : null);
        if (agent.Confirmed)
            _keeper.DeleteOrphans(_records.Index);
    }

    void UpdateRecords(Vrouter vrouter, AgentState agent)
    {
        var locals = _registry.Locals;
        _records.Update(new()
        {
            Node = agent.NodeNumber,
            State = agent.State,
            Locals = locals,
            Paths = _fabric.Paths,
            FabricMtu = _fabric.Info?.Mtu ?? DefaultMtu,
            FabricIsV6 = _fabric.IsV6,
            Names = _service,
            InDoubt = _inDoubt,
            Health = _checker?.Results ?? DesiredInput.Empty.Health,
            Silent = _silent,
            Outside = new(_uplinks.Uplinks, _uplinks.SharedPorts, AnswersFloating: agent.Confirmed || vrouter.IsContinued)
            {
                AnswersBalancers = !IsCutOff(agent),
            },
        });
        _routesChanged.UnionWith(_records.Routes.Changed);
        VrouterTables.Push(_records, vrouter);
        _slots?.Update(_records.Balancing.TakeChangedPools(), _records.Balancing.Pools);
        if (!ReferenceEquals(agent.State, _seen.State) || !ReferenceEquals(locals, _locals))
            _names.Update(_records.Index, locals);
        UpdateFlowNames();
    }

    /// <summary>
    /// Networks whose rules the kernel does not have as they should be are closed, until it has them. What it has until then
    /// are earlier rules or none, of which neither is what was asked for.
    /// </summary>
    /// <returns>Whether ports are to be closed or opened.</returns>
    bool TakeDoubts(Vrouter vrouter, ReconcileResult result)
    {
        var inDoubt = vrouter.NetworksInDoubt;
        if (inDoubt.Count > 0)
            _doubtReason = result.Failures.Select(failure => failure.Error.Message).FirstOrDefault() ?? _doubtReason;
        if (_inDoubt.SetEquals(inDoubt))
            return false;
        foreach (var vni in inDoubt.Except(_inDoubt))
            LogRulesFailed(NetworkName(vni), _doubtReason);
        _inDoubt = [.. inDoubt];
        return true;
    }

    string NetworkName(uint vni) =>
        _seen.State.Networks.Values.Concat(_state.Value.State.Networks.Values).FirstOrDefault(network => network.Vni == vni) is { } network
            ? $"{network.Project}/{network.Name}"
            : string.Create(CultureInfo.InvariantCulture, $"#{vni}");

    /// <summary>Programs on the interfaces that have none of ours yet; the first time on all of them.</summary>
    void AttachPrograms(Vrouter vrouter, bool isFirst)
    {
        var locals = _registry.Locals;
        foreach (var gone in _locals.Values.Where(before => locals.GetValueOrDefault(before.Uid)?.Ifindex != before.Ifindex))
            _host.Namespace.Run(() => vrouter.DetachPort(gone.Ifindex));
        foreach (var local in locals.Values)
        {
            // One that is new was guarded when its interface was made; after a failure it is tried again.
            if (isFirst || _attachErrors.ContainsKey(local.Uid))
                AttachPort(vrouter, local);
        }
        foreach (var uid in _attachErrors.Keys.Where(uid => !locals.ContainsKey(uid)).ToList())
            _attachErrors.Remove(uid);
        _locals = locals;
        AttachFabric(vrouter);
        AttachUplinks(vrouter);
        if (_service is { } service && !_serviceAttached)
            _serviceAttached = Try(() => vrouter.AttachService(service.Ifindex), ServiceNamespaceName) is null;
    }

    void AttachPort(Vrouter vrouter, LocalPort local)
    {
        if (Try(() => vrouter.AttachPort(local.Ifindex), PortInterface.HostNameOf(local.Uid)) is { } error)
            _attachErrors[local.Uid] = error;
        else
            _attachErrors.Remove(local.Uid);
    }

    void AttachFabric(Vrouter vrouter)
    {
        var wanted = _fabric.Interfaces;
        foreach (var ifindex in wanted)
        {
            if (!_fabricInterfaces.Contains(ifindex) && Try(() => vrouter.AttachFabric(ifindex), "the fabric interface") is null)
            {
                _fabricInterfaces.Add(ifindex);
                _fabric.EnsureAnchor();
            }
        }
        foreach (var ifindex in _fabricInterfaces.Where(ifindex => !wanted.Contains(ifindex)).ToList())
        {
            _fabricInterfaces.Remove(ifindex);
            Try(() => vrouter.DetachFabric(ifindex), "the former fabric interface");
        }
    }

    /// <summary>What went wrong; null: nothing.</summary>
    string? Try(Action action, string what)
    {
        try
        {
            _host.Namespace.Run(action);
            return null;
        }
        catch (IOException failure)
        {
            LogAttachFailed(what, failure.Message);
            return $"{what}: {failure.Message}";
        }
    }
}
