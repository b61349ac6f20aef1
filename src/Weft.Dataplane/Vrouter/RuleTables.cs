using Weft.Dataplane.Abi;

namespace Weft.Dataplane;

/// <summary>Routes, policies and verdicts: what connections are decided by, changed without a gap.</summary>
/// <remarks>
/// The order of docs/design/policy.md: tables of rules, then the other slots of pairs and routes, then the epoch, then
/// both slots and removals, then generations. An interruption between any two of these leaves the old or the new
/// rules in force, and <see cref="Apply"/> of a next agent goes on from there. What is not ready when the epoch would flip
/// may not be what is missing only: towards the outside a pair without a table may pass. So the networks concerned are
/// shut first.
/// </remarks>
/// <param name="shut">Closes the ports of networks; what could not be closed is in the result.</param>
sealed class RuleTables(
    Reconciler<RouteKey, RouteEntry> routes,
    Reconciler<PolicyKey, PolicyEntry> policies,
    Reconciler<VerdictKey, VerdictEntry> verdicts,
    Epoch epoch,
    Generations generations,
    Joins joins,
    Func<IReadOnlySet<uint>, ReconcileResult> shut)
{
    readonly SlottedTable<RouteKey, RouteEntry> _routes = new(routes, emptyWhenLeaving: false, Outside);
    readonly SlottedTable<PolicyKey, PolicyEntry> _policies = new(policies, emptyWhenLeaving: true);

    // Networks that were shut because something of what counts was taken out, until the next state counts.
    readonly HashSet<uint> _shut = [];

    /// <summary>Networks whose rules could not be programmed, by the last <see cref="Apply"/>.</summary>
    internal IReadOnlySet<uint> InDoubt { get; private set; } = new HashSet<uint>();

    bool NeedsFlip => _policies.NeedsFlip || _routes.NeedsFlip;

    internal void ReadBack()
    {
        _routes.ReadBack();
        _policies.ReadBack();
        verdicts.ReadBack();
        joins.ClearRoutes();
        foreach (var (key, route) in routes.Actual)
            joins.Observe(key, route);
    }

    internal ReconcileResult Apply()
    {
        // Before anything is written: it must know identities that are about to go.
        var networks = new Lazy<ILookup<ulong, uint>>(NetworksByIdentity);
        if (policies.PendingKeys.Any() || _policies.NeedsFlip || verdicts.PendingKeys.Any())
            _ = networks.Value;

        var result = WriteVerdicts(networks);
        var incomplete = IncompleteTables();
        bool Withheld(PolicyKey key) => incomplete.Contains(policies.Desired[key].Table);
        void Pair(PolicyKey key) => TouchPair(key, networks);

        result += _policies.Prepare(epoch.Slot, Withheld, keys => Shut(keys.SelectMany(key => Of(key, networks))), Pair);
        result += _policies.Add(epoch.Slot, flips: true, Withheld, Pair);
        result += _routes.Prepare(epoch.Slot, _ => false, keys => Shut(keys.SelectMany(LeadingOutside)), TouchRoute);
        result += _routes.Add(epoch.Slot, NeedsFlip, _ => false, TouchRoute);
        var unready = Unready(Withheld, networks);
        var closed = Shut(unready);
        result += closed;
        var settled = !_policies.IsBlocked && !_routes.IsBlocked && closed.IsClean;
        if (settled && NeedsFlip)
        {
            var flip = epoch.Flip();
            settled = flip.IsClean;
            result += flip;
        }
        if (settled)
        {
            result += _routes.Finish(_ => false, TouchRoute);
            result += _policies.Finish(Withheld, Pair);
            result += RemoveVerdicts();
        }
        var doubt = FindDoubt(settled, networks);
        if (settled)
            _shut.Clear();
        doubt.UnionWith(_shut);
        doubt.UnionWith(unready);
        InDoubt = doubt;
        return result + generations.Raise();
    }

    /// <summary>
    /// The prefix of an external network that a longer one is a part of: that is what its addresses are to rules while it
    /// is not there. In other networks there is none.
    /// </summary>
    static RouteEntry? Outside(RouteKey key, IReadOnlyDictionary<RouteKey, RouteEntry> routes)
    {
        if (!routes.TryGetValue(RouteKey.Everywhere(key.Vni), out var everywhere) || everywhere.Action != FlowAction.Uplink)
            return null;
        for (var shorter = key.Shorter(); shorter is { } prefix; shorter = prefix.Shorter())
        {
            if (routes.TryGetValue(prefix, out var found))
                return found.Action == FlowAction.Uplink ? found : null;
        }
        return null;
    }

    ReconcileResult WriteVerdicts(Lazy<ILookup<ulong, uint>> networks)
    {
        var written = new HashSet<ulong>();
        var result = verdicts.ApplySets(key => written.Add(key.Table));
        // Pairs lead to new tables later; those that lead here already had theirs repaired.
        if (written.Count > 0)
            foreach (var (key, policy) in policies.Actual)
                if (written.Contains(policy.Table0) || written.Contains(policy.Table1))
                    TouchPair(key, networks);
        return result;
    }

    /// <summary>Tables that miss an entry, or lead to one that does.</summary>
    HashSet<ulong> IncompleteTables()
    {
        var incomplete = verdicts.PendingKeys.Where(verdicts.Desired.ContainsKey).Select(key => key.Table).ToHashSet();
        if (incomplete.Count > 0)
            foreach (var (key, verdict) in verdicts.Desired)
                if (verdict.SourcePorts != 0 && incomplete.Contains(verdict.SourcePorts))
                    incomplete.Add(key.Table);
        return incomplete;
    }

    ReconcileResult RemoveVerdicts()
    {
        var leaving = verdicts.PendingKeys.Where(key => !verdicts.Desired.ContainsKey(key)).ToList();
        if (leaving.Count == 0)
            return ReconcileResult.Nothing;
        var used = policies.Actual.Values.SelectMany(policy => (ulong[])[policy.Table0, policy.Table1]).ToHashSet();
        foreach (var (key, verdict) in verdicts.Actual)
            if (verdict.SourcePorts != 0 && used.Contains(key.Table))
                used.Add(verdict.SourcePorts);
        return verdicts.ApplyRemoves(leaving.FindAll(key => !used.Contains(key.Table)));
    }

    /// <summary>Networks of pairs, and those that lead to prefixes outside, that will not be as they should when they count next.</summary>
    HashSet<uint> Unready(Func<PolicyKey, bool> withheld, Lazy<ILookup<ulong, uint>> networks)
    {
        var unready = new HashSet<uint>();
        var next = NeedsFlip ? 1 - epoch.Slot : epoch.Slot;
        foreach (var key in policies.PendingKeys.Where(policies.Desired.ContainsKey))
        {
            if (withheld(key) || !policies.Actual.TryGetValue(key, out var there) || Slot(there) != policies.Desired[key].Table)
                unready.UnionWith(Of(key, networks));
        }
        foreach (var key in routes.PendingKeys)
        {
            if (!routes.Actual.ContainsKey(key))
                unready.UnionWith(LeadingOutside(key));
        }
        return unready;

        ulong Slot(PolicyEntry policy) => next == 0 ? policy.Table0 : policy.Table1;
    }

    ReconcileResult Shut(IEnumerable<uint> vnis)
    {
        var networks = vnis.ToHashSet();
        _shut.UnionWith(networks);
        return networks.Count == 0 ? ReconcileResult.Nothing : shut(networks);
    }

    /// <summary>Networks whose ports' connections to outside are decided by a prefix; none of a route in a network.</summary>
    IEnumerable<uint> LeadingOutside(RouteKey key) =>
        (routes.Actual.TryGetValue(key, out var route) || routes.Desired.TryGetValue(key, out route)) && route.Action == FlowAction.Uplink
            ? joins.Into(key.Vni) : [];

    HashSet<uint> FindDoubt(bool settled, Lazy<ILookup<ulong, uint>> networks)
    {
        var doubt = new HashSet<uint>();
        foreach (var key in policies.PendingKeys.Where(key => !settled || policies.Desired.ContainsKey(key)))
            doubt.UnionWith(Of(key, networks));
        if (!settled)
            foreach (var key in routes.PendingKeys.Concat(_routes.Split))
                doubt.UnionWith([key.Vni, .. LeadingOutside(key)]);
        return doubt;
    }

    void TouchRoute(RouteKey key)
    {
        generations.Touch(key.Vni);
        foreach (var other in joins.Into(key.Vni))
            generations.Touch(other);
        foreach (var other in joins.Observe(key, routes.Actual.TryGetValue(key, out var route) ? route : null))
            generations.Touch(other);
    }

    void TouchPair(PolicyKey key, Lazy<ILookup<ulong, uint>> networks)
    {
        foreach (var vni in Of(key, networks))
            generations.Touch(vni);
    }

    static IEnumerable<uint> Of(PolicyKey key, Lazy<ILookup<ulong, uint>> networks) =>
        networks.Value[key.Source].Concat(networks.Value[key.Destination]);

    ILookup<ulong, uint> NetworksByIdentity() => routes.Actual.Values.Concat(routes.Desired.Values)
        .SelectMany(route => ((ulong Identity, uint Vni)[])[(route.Identity0, route.Vni), (route.Identity1, route.Vni)])
        .Distinct()
        .ToLookup(pair => pair.Identity, pair => pair.Vni);
}
