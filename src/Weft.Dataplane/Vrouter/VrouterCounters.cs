using Weft.Dataplane.Abi;

namespace Weft.Dataplane;

/// <summary>Dropped packets of one interface for one reason; ifindex 0 sums interfaces that are gone.</summary>
public sealed record DropCount(uint Ifindex, DropReason Reason, ulong Packets, ulong Bytes);

/// <summary>What the vrouter counted; read only, except that counts of gone interfaces are folded together.</summary>
sealed class VrouterCounters(MapSet maps) : IDisposable
{
    readonly PerCpuMap<DropKey, Counter> _drops = maps.TakePerCpu<DropKey, Counter>("weft_drops");
    readonly PerCpuMap<uint, ulong> _counters = maps.TakePerCpu<uint, ulong>("weft_counters");
    readonly BpfMap<uint, PortUsage> _usage = maps.Take<uint, PortUsage>("weft_port_usage");
    readonly PerCpuMap<RuleKey, Counter> _rules = maps.TakePerCpu<RuleKey, Counter>("weft_rule_counts");
    readonly BpfMap<uint, BalanceUsage> _listeners = maps.Take<uint, BalanceUsage>("weft_listener_usage");
    readonly BpfMap<uint, BalanceUsage> _backends = maps.Take<uint, BalanceUsage>("weft_backend_usage");
    readonly Dictionary<DropReason, Counter> _gone = [];

    internal BpfMap<FlowKey, FlowEntry> Flows { get; } = maps.Take<FlowKey, FlowEntry>("weft_flows");

    internal IReadOnlyList<DropCount> ReadDrops_NeedsLock() =>
    [
        .. _drops.ReadSums().Select(d => new DropCount(d.Key.Ifindex, d.Key.Reason, d.Value.Packets, d.Value.Bytes)),
        .. _gone.Select(d => new DropCount(0, d.Key, d.Value.Packets, d.Value.Bytes)),
    ];

    internal IReadOnlyDictionary<CounterId, ulong> ReadCounters() =>
        _counters.ReadSums().ToDictionary(c => (CounterId)c.Key, c => c.Value);

    internal IReadOnlyDictionary<uint, PortUsage> ReadPortUsage() => new Dictionary<uint, PortUsage>(_usage.ReadAll());

    internal IReadOnlyDictionary<uint, BalanceUsage> ReadListeners() => new Dictionary<uint, BalanceUsage>(_listeners.ReadAll());

    internal IReadOnlyDictionary<uint, BalanceUsage> ReadBackends() => new Dictionary<uint, BalanceUsage>(_backends.ReadAll());

    internal IReadOnlyDictionary<RuleKey, Counter> ReadRules() => _rules.ReadSums().ToDictionary();

    /// <summary>Makes room in the counts of rules, once it gets short.</summary>
    internal void TidyRules_NeedsLock(IEnumerable<VerdictEntry> verdicts)
    {
        var counted = _rules.ReadSums().Select(count => count.Key).ToList();
        if (counted.Count <= _rules.Definition.MaxEntries / 2)
            return;
        var used = verdicts.Select(v => new RuleKey { Policy = v.Policy, Rule = v.Rule }).ToHashSet();
        foreach (var rule in counted.Where(rule => !used.Contains(rule)))
            _rules.Remove(rule);
    }

    /// <summary>Makes room: counts of gone interfaces become one sum each reason, usage of gone ports without flows goes.</summary>
    internal void Tidy_NeedsLock(Func<uint, bool> isInterface, Func<uint, bool> isPort)
    {
        foreach (var (key, count) in _drops.ReadSums().Where(d => !isInterface(d.Key.Ifindex)).ToList())
        {
            _drops.Remove(key);
            _gone[key.Reason] = _gone.GetValueOrDefault(key.Reason) + count;
        }
        foreach (var (port, _) in _usage.ReadAll().Where(u => u.Value.Flows == 0 && !isPort(u.Key)).ToList())
            _usage.Remove(port);
    }

    /// <summary>Counts of listeners and backends that are gone, once they have no connection left.</summary>
    internal void TidyBalance_NeedsLock(Func<uint, bool> isListener, Func<uint, bool> isBackend)
    {
        foreach (var (listener, _) in _listeners.ReadAll().Where(u => u.Value.Connections == 0 && !isListener(u.Key)).ToList())
            _listeners.Remove(listener);
        foreach (var (backend, _) in _backends.ReadAll().Where(u => u.Value.Connections == 0 && !isBackend(u.Key)).ToList())
            _backends.Remove(backend);
    }

    public void Dispose()
    {
        _listeners.Dispose();
        _backends.Dispose();
        _drops.Dispose();
        _counters.Dispose();
        _usage.Dispose();
        _rules.Dispose();
        Flows.Dispose();
    }
}
