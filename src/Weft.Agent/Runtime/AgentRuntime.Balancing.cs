using System.Collections.Immutable;
using Weft.Agent.Balancing;
using Weft.Agent.State;
using Weft.Dataplane;
using Weft.Dataplane.Abi;

namespace Weft.Agent.Runtime;

public sealed partial class AgentRuntime
{
    SlotKeeper? _slots;
    HealthChecker? _checker;
    ImmutableDictionary<BalanceKey, BalanceTotals> _balance = ImmutableDictionary<BalanceKey, BalanceTotals>.Empty;

    /// <summary>Without the service namespace members are not asked, and go on as they were last known.</summary>
    void StartBalancing(Vrouter vrouter)
    {
        _slots = new(new VrouterSlots(vrouter), _time);
        if (_names.Namespace is { } services)
            _checker = new(new Prober(services.OpenSocket), () => _wake.Ring(WakeReasons.State), Random.Shared, _time);
    }

    async Task StopBalancingAsync()
    {
        if (_checker is { } checker)
            await checker.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>What the earlier agent left, and is none of ours, goes now; but not members that have connections.</summary>
    void TakeOverBalancing(Vrouter vrouter)
    {
        _records.Balancing.Adopt(vrouter.Backends.Actual());
        _slots?.Forget(_records.Balancing.Pools);
        VrouterTables.Push(_records, vrouter);
    }

    /// <summary>Reads what went through, lets go of members that have nothing left, and of slots.</summary>
    void CountBalancing(Vrouter vrouter)
    {
        _slots?.Tick();
        var members = vrouter.ReadBackendUsage();
        _records.Balancing.Settle(number => members.TryGetValue(number, out var usage) ? usage.Connections : 0);
        var counts = ImmutableDictionary.CreateBuilder<BalanceKey, BalanceTotals>();
        foreach (var (number, usage) in vrouter.ReadListenerUsage())
            Add(_records.Balancing.ListenerOf(number), usage);
        foreach (var (number, usage) in members)
            Add(_records.Balancing.MemberOf(number), usage);
        foreach (var (key, totals) in Proxied.Counts)
            counts[key] = counts.GetValueOrDefault(key) + totals;
        if (counts.Count != _balance.Count || counts.Any(count => !_balance.TryGetValue(count.Key, out var known) || known != count.Value))
            _balance = counts.ToImmutable();

        // A member has one number for each family.
        void Add(BalanceKey? key, BalanceUsage usage)
        {
            if (key is { } known)
                counts[known] = counts.GetValueOrDefault(known)
                    + new BalanceTotals(usage.Connections, usage.Total, usage.Refused, usage.BytesIn, usage.BytesOut);
        }
    }

    IEnumerable<string> BalancingFaults() =>
        (_slots?.Fault is { } fault ? (string[])[fault] : [])
        .Concat(_checker is null && !_records.Probes.Checks.IsEmpty ? ["members of load balancers are not asked whether they are well: the service namespace is missing"] : []);
}
