using Weft.Dataplane.Abi;

namespace Weft.Dataplane;

/// <summary>The tables that the agent writes, applied in the order that keeps the vrouter closed to half-told state.</summary>
/// <remarks>
/// Ports close first; then what routes point at is written, then routes, then ports open; what routes pointed at goes last.
/// After routes and after ports the generations of the touched networks are raised, so that live flows are decided anew.
/// </remarks>
sealed class VrouterTables : IDisposable
{
    readonly List<IDisposable> _maps = [];
    readonly Generations _generations;

    internal VrouterTables(MapSet maps, Lock vrouterLock)
    {
        Ports = Table<uint, PortEntry>("ports");
        Routes = Table<RouteKey, RouteEntry>("routes");
        Nodes = Table<uint, NodeEntry>("nodes");
        Peers = Table<Address, PeerEntry>("peers");
        Networks = Table<uint, NetworkEntry>("networks");
        Services = Table<ServiceKey, ServiceEntry>("services");
        Verdicts = Table<VerdictKey, VerdictEntry>("verdicts");
        Policies = Table<PolicyKey, PolicyEntry>("policies");
        var generations = maps.Take<uint, uint>("weft_generations");
        _maps.Add(generations);
        _generations = new(generations);

        DesiredTable<TKey, TValue> Table<TKey, TValue>(string name) where TKey : unmanaged where TValue : unmanaged
        {
            var map = maps.Take<TKey, TValue>($"weft_{name}");
            _maps.Add(map);
            var reconciler = new Reconciler<TKey, TValue>(name, new BpfMapTarget<TKey, TValue>(map));
            reconciler.ReadBack();
            return new(reconciler, vrouterLock);
        }
    }

    internal DesiredTable<uint, PortEntry> Ports { get; }
    internal DesiredTable<RouteKey, RouteEntry> Routes { get; }
    internal DesiredTable<uint, NodeEntry> Nodes { get; }
    internal DesiredTable<Address, PeerEntry> Peers { get; }
    internal DesiredTable<uint, NetworkEntry> Networks { get; }
    internal DesiredTable<ServiceKey, ServiceEntry> Services { get; }
    internal DesiredTable<VerdictKey, VerdictEntry> Verdicts { get; }
    internal DesiredTable<PolicyKey, PolicyEntry> Policies { get; }

    internal ReconcileResult Apply_NeedsLock()
    {
        var (ports, routes) = (Ports.Reconciler_NeedsLock, Routes.Reconciler_NeedsLock);
        var (nodes, peers) = (Nodes.Reconciler_NeedsLock, Peers.Reconciler_NeedsLock);
        var (networks, services) = (Networks.Reconciler_NeedsLock, Services.Reconciler_NeedsLock);

        var result = ports.ApplyRemoves();
        result += nodes.ApplySets() + peers.ApplySets() + networks.ApplySets(_generations.Touch);
        result += services.ApplySets(_ => TouchAll());
        result += Verdicts.Reconciler_NeedsLock.ApplySets() + Policies.Reconciler_NeedsLock.ApplySets(_ => TouchAll());
        result += routes.ApplySets(Touch) + routes.ApplyRemoves(Touch) + _generations.Raise();
        result += ports.ApplySets(ifindex => _generations.Touch(ports.Actual[ifindex].Vni)) + _generations.Raise();
        result += Policies.Reconciler_NeedsLock.ApplyRemoves(_ => TouchAll()) + Verdicts.Reconciler_NeedsLock.ApplyRemoves();
        result += networks.ApplyRemoves() + peers.ApplyRemoves() + nodes.ApplyRemoves();
        return result + services.ApplyRemoves(_ => TouchAll()) + _generations.Raise();

        void Touch(RouteKey key) => _generations.Touch(key.Vni);

        void TouchAll()
        {
            _generations.Touch(AbiConstants.ServiceVni);
            foreach (var vni in networks.Actual.Keys)
                _generations.Touch(vni);
        }
    }

    internal void ReadBack_NeedsLock()
    {
        Ports.Reconciler_NeedsLock.ReadBack();
        Routes.Reconciler_NeedsLock.ReadBack();
        Nodes.Reconciler_NeedsLock.ReadBack();
        Peers.Reconciler_NeedsLock.ReadBack();
        Networks.Reconciler_NeedsLock.ReadBack();
        Services.Reconciler_NeedsLock.ReadBack();
        Verdicts.Reconciler_NeedsLock.ReadBack();
        Policies.Reconciler_NeedsLock.ReadBack();
    }

    internal void MarkInSync_NeedsLock()
    {
        Ports.Reconciler_NeedsLock.MarkInSync();
        Routes.Reconciler_NeedsLock.MarkInSync();
        Nodes.Reconciler_NeedsLock.MarkInSync();
        Peers.Reconciler_NeedsLock.MarkInSync();
        Networks.Reconciler_NeedsLock.MarkInSync();
        Services.Reconciler_NeedsLock.MarkInSync();
        Verdicts.Reconciler_NeedsLock.MarkInSync();
        Policies.Reconciler_NeedsLock.MarkInSync();
    }

    internal IReadOnlyList<ReconcilerStatus> Status() =>
    [
        Ports.Status, Routes.Status, Nodes.Status, Peers.Status, Networks.Status, Services.Status, Policies.Status,
        Verdicts.Status,
    ];

    public void Dispose()
    {
        foreach (var map in _maps)
            map.Dispose();
    }
}
