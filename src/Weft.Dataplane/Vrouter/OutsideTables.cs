using Weft.Dataplane.Abi;

namespace Weft.Dataplane;

/// <summary>External networks, translations and load balancing, written in the order of what leads to what.</summary>
/// <remarks>
/// Backends before the pools that name them, pools before frontends; all of it before the routes that lead here, and removed
/// after them. An uplink comes last and goes first: it is what lets packets in. A change concerns the flows of the network
/// of its key and of every network that leads there.
/// </remarks>
sealed class OutsideTables(
    Reconciler<uint, Uplink> uplinks,
    Reconciler<uint, Exit> exits,
    Reconciler<TranslationKey, Translation> translations,
    Reconciler<FrontendKey, Frontend> frontends,
    Reconciler<uint, Pool> pools,
    Reconciler<uint, Backend> backends,
    Joins joins,
    Action<uint> touch)
{
    internal void ReadBack()
    {
        uplinks.ReadBack();
        exits.ReadBack();
        translations.ReadBack();
        frontends.ReadBack();
        pools.ReadBack();
        backends.ReadBack();
        joins.ClearFrontends();
        foreach (var (key, frontend) in frontends.Actual)
            joins.Observe(key, frontend);
    }

    internal void MarkInSync()
    {
        uplinks.MarkInSync();
        exits.MarkInSync();
        translations.MarkInSync();
        frontends.MarkInSync();
        pools.MarkInSync();
        backends.MarkInSync();
    }

    /// <summary>What routes are about to lead to.</summary>
    internal ReconcileResult Prepare() =>
        exits.ApplySets() + backends.ApplySets(TouchLost) + pools.ApplySets()
        + frontends.ApplySets(TouchFrontend) + translations.ApplySets(TouchTranslation);

    internal ReconcileResult Open() => uplinks.ApplySets();

    internal ReconcileResult Close() => uplinks.ApplyRemoves();

    /// <summary>What no route leads to any more.</summary>
    internal ReconcileResult Finish()
    {
        var leaving = new Dictionary<uint, Backend>(backends.Actual);
        return translations.ApplyRemoves(TouchTranslation) + frontends.ApplyRemoves(TouchFrontend) + pools.ApplyRemoves()
            + backends.ApplyRemoves(number => TouchAround(leaving[number].Vni)) + exits.ApplyRemoves();
    }

    internal IEnumerable<ReconcilerStatus> Status() =>
        [uplinks.Status, exits.Status, translations.Status, frontends.Status, pools.Status, backends.Status];

    /// <summary>A member that takes no new connections concerns nobody who has one; one that keeps none ends them.</summary>
    void TouchLost(uint number)
    {
        if ((backends.Actual[number].Flags & (uint)(BackendFlags.Up | BackendFlags.Keeps)) == 0)
            TouchAround(backends.Actual[number].Vni);
    }

    void TouchTranslation(TranslationKey key)
    {
        touch(key.Vni);
        touch(key.External);
    }

    void TouchFrontend(FrontendKey key)
    {
        TouchAround(key.Vni);
        foreach (var vni in joins.Observe(key, frontends.Actual.TryGetValue(key, out var frontend) ? frontend : null))
            touch(vni);
    }

    void TouchAround(uint vni)
    {
        touch(vni);
        foreach (var other in joins.Into(vni))
            touch(other);
    }
}
