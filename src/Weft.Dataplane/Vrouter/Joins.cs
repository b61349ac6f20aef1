using Weft.Dataplane.Abi;

namespace Weft.Dataplane;

/// <summary>Which networks have routes or frontends into which: a change in one concerns the flows of those.</summary>
sealed class Joins
{
    readonly Dictionary<RouteKey, uint> _routes = [];
    readonly Dictionary<FrontendKey, uint> _frontends = [];
    readonly Dictionary<uint, Dictionary<uint, int>> _from = [];

    /// <summary>Networks that lead into <paramref name="vni"/>.</summary>
    internal IEnumerable<uint> Into(uint vni) => _from.TryGetValue(vni, out var from) ? from.Keys : [];

    /// <summary>Takes note of a route as it is now; null: gone. Where it led before, and leads now.</summary>
    internal IEnumerable<uint> Observe(RouteKey key, RouteEntry? route)
    {
        var leads = route is { Action: FlowAction.Network or FlowAction.Outside };
        return Move(_routes, key, key.Vni, leads ? route!.Value.Vni : null);
    }

    /// <inheritdoc cref="Observe(RouteKey, RouteEntry?)"/>
    internal IEnumerable<uint> Observe(FrontendKey key, Frontend? frontend) =>
        Move(_frontends, key, key.Vni, frontend is { Pool: 0 } leads && leads.Vni != key.Vni ? leads.Vni : null);

    internal void ClearRoutes()
    {
        foreach (var key in _routes.Keys.ToList())
            Move(_routes, key, key.Vni, null);
    }

    internal void ClearFrontends()
    {
        foreach (var key in _frontends.Keys.ToList())
            Move(_frontends, key, key.Vni, null);
    }

    List<uint> Move<TKey>(Dictionary<TKey, uint> all, TKey key, uint vni, uint? now) where TKey : notnull
    {
        var before = all.TryGetValue(key, out var known) ? known : (uint?)null;
        List<uint> concerned = [];
        if (before is { } old)
        {
            concerned.Add(old);
            if (--_from[old][vni] == 0)
                _from[old].Remove(vni);
            all.Remove(key);
        }
        if (now is not { } next)
            return concerned;
        concerned.Add(next);
        all[key] = next;
        var from = _from.TryGetValue(next, out var ways) ? ways : _from[next] = [];
        from[vni] = from.GetValueOrDefault(vni) + 1;
        return concerned;
    }
}
