using System.Collections.Immutable;
using System.Globalization;
using Weft.Agent.Attachments;
using Weft.Agent.Desired;
using Weft.Agent.State;
using Weft.Dataplane;
using Weft.Linux;
using Weft.Model.State;

namespace Weft.Agent.Runtime;

public sealed partial class AgentRuntime
{
    const int ResyncTicks = 60;
    int _ticks;

    void Round(Vrouter vrouter, WakeReasons reasons)
    {
        var agent = _state.Value;
        if (!agent.InSync || agent.NodeNumber == 0)
            return;
        if (_keeper.Adopt(agent) || reasons.HasFlag(WakeReasons.Interfaces))
            _keeper.FindLost();
        _fabric.Refresh(agent.State.Peers, reasons.HasFlag(WakeReasons.Paths));
        UpdateRecords(agent);
        VrouterTables.Push(_records, vrouter);
        if (agent.Confirmed && !_confirmed)
        {
            vrouter.MarkInSync();
            _confirmed = true;
            LogConfirmed(agent.State.Revision, _locals.Count);
        }
        var isResync = reasons.HasFlag(WakeReasons.Time) && ++_ticks % ResyncTicks == 0;
        var result = isResync ? vrouter.Resync() : vrouter.Apply();
        foreach (var failure in result.Failures)
            LogApplyFailed(failure.Table, failure.Key, failure.Error.Message);
        AttachPrograms(vrouter, isFirst: _seen == AgentState.Initial);
        _seen = agent;
        Publish(agent, result, reasons.HasFlag(WakeReasons.Time) ? Drops(vrouter, _status.Value.Drops) : _status.Value.Drops);
        if (agent.Confirmed)
            _keeper.DeleteOrphans(_records.Index);
    }

    void UpdateRecords(AgentState agent)
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
        });
        if (!ReferenceEquals(agent.State, _seen.State) || !ReferenceEquals(locals, _locals))
            _names.Update(_records.Index, locals);
    }

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

    void Publish(AgentState agent, ReconcileResult result, ImmutableSortedDictionary<string, ulong> drops)
    {
        var ports = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var failure in result.Failures.Where(failure => failure.Table == "ports"))
            ports[failure.Key] = failure.Error.Message;
        var applied = ImmutableDictionary.CreateBuilder<Guid, AppliedPort>();
        foreach (var local in _locals.Values)
        {
            if (!_records.Index.Local.ContainsKey(local.Uid))
                continue;
            var error = _attachErrors.GetValueOrDefault(local.Uid)
                ?? ports.GetValueOrDefault(local.Ifindex.ToString(CultureInfo.InvariantCulture));
            applied[local.Uid] = new(local.Ifindex, error);
        }
        _registry.Applied.Publish(applied.ToImmutable());
        PublishStatus(agent, result, applied, drops);
    }

    void PublishStatus(
        AgentState agent,
        ReconcileResult result,
        ImmutableDictionary<Guid, AppliedPort>.Builder applied,
        ImmutableSortedDictionary<string, ulong> drops)
    {
        var before = _status.Value;
        var faults = result.Failures.Select(failure => $"{failure.Table} {failure.Key}: {failure.Error.Message}")
            .Concat(_attachErrors.Values)
            .Concat(_fabric.Info is null ? ["no fabric address: other nodes cannot be reached"] : [])
            .Concat(OtherFaults.All)
            .ToImmutableArray();
        var next = new AgentStatus(
            result.IsClean ? agent.State.Revision : before.AppliedRevision,
            PortStatuses(_records.Index.Local, applied, before.Ports),
            faults.SequenceEqual(before.Faults) ? before.Faults : faults,
            drops);
        if (next.AppliedRevision != before.AppliedRevision || next.Ports != before.Ports
            || next.Faults != before.Faults || next.Drops != before.Drops)
            _status.Publish(next);
    }

    /// <summary>Changed entries only, so that what is equal stays the same object.</summary>
    static ImmutableDictionary<Guid, LocalPortStatus> PortStatuses(
        ImmutableDictionary<Guid, NodePort> locals,
        ImmutableDictionary<Guid, AppliedPort>.Builder applied,
        ImmutableDictionary<Guid, LocalPortStatus> before)
    {
        var ports = before.ToBuilder();
        ports.RemoveRange(before.Keys.Where(uid => !locals.ContainsKey(uid)));
        foreach (var uid in locals.Keys)
        {
            var status = !applied.TryGetValue(uid, out var mine) ? new LocalPortStatus(LocalPortState.Down)
                : mine.Error is null ? new LocalPortStatus(LocalPortState.Active)
                : new LocalPortStatus(LocalPortState.Error, mine.Error);
            if (before.GetValueOrDefault(uid) != status)
                ports[uid] = status;
        }
        return ports.ToImmutable();
    }

    static ImmutableSortedDictionary<string, ulong> Drops(Vrouter vrouter, ImmutableSortedDictionary<string, ulong> before)
    {
        var drops = ImmutableSortedDictionary.CreateBuilder<string, ulong>();
        foreach (var drop in vrouter.ReadDrops())
        {
            var reason = Reasons.NameOf(drop.Reason);
            drops[reason] = drops.GetValueOrDefault(reason) + drop.Packets;
        }
        return drops.Count == before.Count && drops.All(drop => before.GetValueOrDefault(drop.Key) == drop.Value)
            ? before
            : drops.ToImmutable();
    }
}
