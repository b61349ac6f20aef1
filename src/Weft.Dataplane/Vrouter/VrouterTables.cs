using Weft.Dataplane.Abi;

namespace Weft.Dataplane;

/// <summary>The tables that the agent writes, applied in the order that keeps the vrouter closed to half-told state.</summary>
/// <remarks>
/// Ports and uplinks close first; then what routes point at is written, then rules and routes, then ports and uplinks open;
/// what routes pointed at goes last. After rules and routes and after ports the generations of the touched networks are raised, so that live
/// flows are decided anew.
/// </remarks>
sealed class VrouterTables : IDisposable
{
    readonly List<IDisposable> _targets = [];
    readonly Epoch _epoch;
    readonly Generations _generations;
    readonly RuleTables _rules;
    readonly OutsideTables _outside;

    internal VrouterTables(ITableSource source, Lock vrouterLock)
    {
        Ports = Table<uint, PortEntry>("ports");
        Routes = Table<RouteKey, RouteEntry>("routes");
        Nodes = Table<uint, NodeEntry>("nodes");
        Peers = Table<Address, PeerEntry>("peers");
        Networks = Table<uint, NetworkEntry>("networks");
        Services = Table<ServiceKey, ServiceEntry>("services");
        Probes = Table<Address, Probe>("probes");
        Verdicts = Table<VerdictKey, VerdictEntry>("verdicts");
        Policies = Table<PolicyKey, PolicyEntry>("policies");
        Uplinks = Table<uint, Uplink>("uplinks");
        Exits = Table<uint, Exit>("exits");
        Translations = Table<TranslationKey, Translation>("translations");
        Frontends = Table<FrontendKey, Frontend>("frontends");
        Pools = Table<uint, Pool>("pools");
        Backends = Table<uint, Backend>("backends");
        _epoch = new(Target<uint, uint>("epoch"));
        _generations = new(Target<uint, uint>("generations"), _epoch);
        var joins = new Joins();
        _rules = new(
            Routes.Reconciler_NeedsLock, Policies.Reconciler_NeedsLock, Verdicts.Reconciler_NeedsLock, _epoch, _generations, joins,
            ShutPorts);
        _outside = new(
            Uplinks.Reconciler_NeedsLock, Exits.Reconciler_NeedsLock, Translations.Reconciler_NeedsLock,
            Frontends.Reconciler_NeedsLock, Pools.Reconciler_NeedsLock, Backends.Reconciler_NeedsLock, joins, _generations.Touch);
        ReadTables();

        IReconcilerTarget<TKey, TValue> Target<TKey, TValue>(string name) where TKey : unmanaged where TValue : unmanaged
        {
            var target = source.Target<TKey, TValue>($"weft_{name}");
            if (target is IDisposable disposable)
                _targets.Add(disposable);
            return target;
        }

        DesiredTable<TKey, TValue> Table<TKey, TValue>(string name) where TKey : unmanaged where TValue : unmanaged =>
            new(new Reconciler<TKey, TValue>(name, Target<TKey, TValue>(name)), vrouterLock);
    }

    internal DesiredTable<uint, PortEntry> Ports { get; }
    internal DesiredTable<RouteKey, RouteEntry> Routes { get; }
    internal DesiredTable<uint, NodeEntry> Nodes { get; }
    internal DesiredTable<Address, PeerEntry> Peers { get; }
    internal DesiredTable<uint, NetworkEntry> Networks { get; }
    internal DesiredTable<ServiceKey, ServiceEntry> Services { get; }
    internal DesiredTable<Address, Probe> Probes { get; }
    internal DesiredTable<VerdictKey, VerdictEntry> Verdicts { get; }
    internal DesiredTable<PolicyKey, PolicyEntry> Policies { get; }
    internal DesiredTable<uint, Uplink> Uplinks { get; }
    internal DesiredTable<uint, Exit> Exits { get; }
    internal DesiredTable<TranslationKey, Translation> Translations { get; }
    internal DesiredTable<FrontendKey, Frontend> Frontends { get; }
    internal DesiredTable<uint, Pool> Pools { get; }
    internal DesiredTable<uint, Backend> Backends { get; }

    internal IReadOnlySet<uint> InDoubt_NeedsLock => _rules.InDoubt;

    internal ReconcileResult Apply_NeedsLock()
    {
        var (ports, networks) = (Ports.Reconciler_NeedsLock, Networks.Reconciler_NeedsLock);
        var (nodes, peers) = (Nodes.Reconciler_NeedsLock, Peers.Reconciler_NeedsLock);
        var (services, probes) = (Services.Reconciler_NeedsLock, Probes.Reconciler_NeedsLock);

        var result = ports.ApplyRemoves() + _outside.Close();
        result += nodes.ApplySets() + peers.ApplySets() + networks.ApplySets(_generations.Touch);
        result += probes.ApplySets() + services.ApplySets(_ => TouchAll()) + _outside.Prepare();
        result += _rules.Apply();
        result += SetPorts() + _outside.Open();
        result += _generations.Raise() + _outside.Finish();
        result += networks.ApplyRemoves() + peers.ApplyRemoves() + nodes.ApplyRemoves();
        return result + probes.ApplyRemoves() + services.ApplyRemoves(_ => TouchAll()) + _generations.Raise();

        void TouchAll()
        {
            _generations.Touch(AbiConstants.ServiceVni);
            foreach (var vni in networks.Actual.Keys)
                _generations.Touch(vni);
        }
    }

    /// <summary>Ports of networks in doubt stay closed, whatever is wanted.</summary>
    ReconcileResult SetPorts()
    {
        var ports = Ports.Reconciler_NeedsLock;
        if (_rules.InDoubt.Count == 0)
            return ports.ApplySets(TouchPort);
        var steps = ports.PendingKeys.Where(ports.Desired.ContainsKey)
            .Select(ifindex => KeyValuePair.Create(ifindex, ports.Desired[ifindex]))
            .Select(port => _rules.InDoubt.Contains(port.Value.Vni) ? KeyValuePair.Create(port.Key, Closed(port.Value)) : port)
            .Where(port => !ports.Actual.TryGetValue(port.Key, out var there) || there != port.Value);
        return ports.ApplySteps(steps.ToDictionary(), TouchPort);
    }

    ReconcileResult ShutPorts(IReadOnlySet<uint> networks)
    {
        var ports = Ports.Reconciler_NeedsLock;
        return ports.ApplySteps(
            ports.Actual.Where(port => port.Value.Flags.HasFlag(PortFlags.Open) && networks.Contains(port.Value.Vni))
                .ToDictionary(port => port.Key, port => Closed(port.Value)),
            TouchPort);
    }

    void TouchPort(uint ifindex) => _generations.Touch(Ports.Reconciler_NeedsLock.Actual[ifindex].Vni);

    static PortEntry Closed(PortEntry port) => port with { Flags = port.Flags & ~PortFlags.Open };

    internal void ReadBack_NeedsLock()
    {
        _epoch.ReadBack();
        _generations.ReadBack();
        ReadTables();
    }

    internal void MarkInSync_NeedsLock()
    {
        Ports.Reconciler_NeedsLock.MarkInSync();
        Routes.Reconciler_NeedsLock.MarkInSync();
        Nodes.Reconciler_NeedsLock.MarkInSync();
        Peers.Reconciler_NeedsLock.MarkInSync();
        Networks.Reconciler_NeedsLock.MarkInSync();
        Services.Reconciler_NeedsLock.MarkInSync();
        Probes.Reconciler_NeedsLock.MarkInSync();
        Verdicts.Reconciler_NeedsLock.MarkInSync();
        Policies.Reconciler_NeedsLock.MarkInSync();
        _outside.MarkInSync();
    }

    internal IReadOnlyList<ReconcilerStatus> Status() =>
    [
        Ports.Status, Routes.Status, Nodes.Status, Peers.Status, Networks.Status, Services.Status, Probes.Status, Policies.Status,
        Verdicts.Status, .. _outside.Status(),
    ];

    public void Dispose()
    {
        foreach (var target in _targets)
            target.Dispose();
    }

    void ReadTables()
    {
        Ports.Reconciler_NeedsLock.ReadBack();
        Nodes.Reconciler_NeedsLock.ReadBack();
        Peers.Reconciler_NeedsLock.ReadBack();
        Networks.Reconciler_NeedsLock.ReadBack();
        Services.Reconciler_NeedsLock.ReadBack();
        Probes.Reconciler_NeedsLock.ReadBack();
        _rules.ReadBack();
        _outside.ReadBack();
    }
}
