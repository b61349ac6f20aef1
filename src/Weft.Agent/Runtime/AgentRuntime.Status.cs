using System.Collections.Immutable;
using System.Globalization;
using Weft.Agent.Attachments;
using Weft.Agent.Desired;
using Weft.Agent.State;
using Weft.Dataplane;
using Weft.Model.State;

namespace Weft.Agent.Runtime;

public sealed partial class AgentRuntime
{
    /// <param name="counting">Read counters from here; null: they stay as they were told.</param>
    void Publish(AgentState agent, ReconcileResult result, Vrouter? counting)
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
                ?? ports.GetValueOrDefault(local.Ifindex.ToString(CultureInfo.InvariantCulture))
                ?? WhyClosed(local);
            applied[local.Uid] = new(local.Ifindex, error);
        }
        _registry.Applied.Publish(applied.ToImmutable());
        PublishStatus(agent, result, applied, counting);
    }

    /// <summary>Null: it is not.</summary>
    string? WhyClosed(LocalPort local)
    {
        if (_records.Rules.Collisions.Contains(local.Uid))
            return "it is closed: to rules it could not be told from another port; give it another address";
        return _records.Index.Local.TryGetValue(local.Uid, out var port)
            && _state.Value.State.Networks.GetValueOrDefault(port.Network) is { } network && _inDoubt.Contains(network.Vni)
            ? $"it is closed: the rules of network {network.Project}/{network.Name} could not be programmed: {_doubtReason}"
            : null;
    }

    void PublishStatus(
        AgentState agent,
        ReconcileResult result,
        ImmutableDictionary<Guid, AppliedPort>.Builder applied,
        Vrouter? counting)
    {
        var before = _status.Value;
        var faults = FailureLines(result.Failures)
            .Concat(_inDoubt.Order().Select(vni => $"ports of network {NetworkName(vni)} are closed: its rules could not be programmed: {_doubtReason}"))
            .Concat(_records.Rules.Fault is { } fault ? [fault] : [])
            .Concat(_attachErrors.Values)
            .Concat(_fabric.Info is null ? ["no fabric address: other nodes cannot be reached"] : [])
            .Concat(_uplinks.Faults)
            .Concat(_uplinkErrors.Values)
            .Concat(_records.Outside.Faults)
            .Concat(BalancingFaults())
            .Concat(CutOffFaults())
            .Concat(OtherFaults.All)
            .ToImmutableArray();
        var next = new AgentStatus(
            result.IsClean ? agent.State.Revision : before.AppliedRevision,
            PortStatuses(_records.Index.Local, applied, before.Ports),
            faults.SequenceEqual(before.Faults) ? before.Faults : faults,
            counting is null ? before.Drops : Drops(counting, before.Drops))
        {
            Health = _checker?.Results ?? before.Health,
            Balance = _balance,
            BalancerFaults = Proxied.Faults,
            Peers = _sights,
            Rules = counting is null ? before.Rules : RuleCounts.Of(counting.ReadRuleCounts(), agent.State, before.Rules),
        };
        if (next.AppliedRevision != before.AppliedRevision || next.Ports != before.Ports
            || next.Faults != before.Faults || next.Drops != before.Drops || next.Rules != before.Rules
            || next.Health != before.Health || next.BalancerFaults != before.BalancerFaults
            || next.Peers != before.Peers || next.Balance != before.Balance)
            _status.Publish(next);
    }

    /// <summary>A full table fails once for each of thousands of records; a few say it.</summary>
    static IEnumerable<string> FailureLines(IReadOnlyList<ReconcileFailure> failures)
    {
        foreach (var table in failures.GroupBy(failure => failure.Table))
        {
            foreach (var failure in table.Take(MostFailures))
                yield return $"{failure.Table} {failure.Key}: {failure.Error.Message}";
            if (table.Count() is > MostFailures and var count)
                yield return string.Create(CultureInfo.InvariantCulture, $"{table.Key}: {count - MostFailures} more");
        }
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
