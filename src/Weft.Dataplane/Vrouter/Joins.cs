using Weft.Dataplane.Abi;

namespace Weft.Dataplane;

/// <summary>Which networks have routes into which: a change in one concerns the flows of those.</summary>
sealed class Joins
{
    readonly Dictionary<RouteKey, uint> _routes = [];
    readonly Dictionary<uint, Dictionary<uint, int>> _from = [];

    /// <summary>Networks that have routes into <paramref name="vni"/>.</summary>
    internal IEnumerable<uint> Into(uint vni) => _from.TryGetValue(vni, out var from) ? from.Keys : [];

    /// <summary>Takes note of a route as it is now; null: gone. Where it led before, and leads now.</summary>
    internal IEnumerable<uint> Observe(RouteKey key, RouteEntry? route)
    {
        var now = route is { Action: FlowAction.Network } ? route.Value.Vni : (uint?)null;
        var before = _routes.TryGetValue(key, out var known) ? known : (uint?)null;
        if (before != now)
            Move(key, before, now);
        return before is null ? now is null ? [] : [now.Value] : now is null ? [before.Value] : [before.Value, now.Value];
    }

    internal void Clear()
    {
        _routes.Clear();
        _from.Clear();
    }

    void Move(RouteKey key, uint? before, uint? now)
    {
        if (before is { } old && --_from[old][key.Vni] == 0)
            _from[old].Remove(key.Vni);
        _routes.Remove(key);
        if (now is not { } next)
            return;
        _routes[key] = next;
        var from = _from.TryGetValue(next, out var known) ? known : _from[next] = [];
        from[key.Vni] = from.GetValueOrDefault((uint)key.Vni) + 1;
    }
}
