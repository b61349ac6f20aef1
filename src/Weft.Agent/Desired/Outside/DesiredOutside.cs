using System.Net;
using Weft.Agent.State;
using Weft.Dataplane.Abi;
using Weft.Model.Addressing;
using Weft.Model.State;
using Weft.Rules.Tables;

namespace Weft.Agent.Desired;

/// <summary>External networks, floating IPs and published ports as the vrouter's records, kept up with their inputs.</summary>
/// <remarks>
/// An external network is an address space of its own. One address there may be several things at once: a floating IP, an
/// egress address, the host's own, of a prefix that a rule names. The first of these holds.
/// </remarks>
sealed class DesiredOutside
{
    // Ranks of claims.
    const int Floating = 0, Egress = 1, Published = 1, Own = 2, Beyond = 3;

    // More prefixes than that are not compared with every floating IP: then all of them are looked at.
    const int FewRegions = 16;

    readonly DesiredRules _rules;
    readonly RecordTable<uint, NetworkEntry> _networks;
    readonly ClaimTable<RouteKey, RouteEntry> _routes;
    readonly ClaimTable<TranslationKey, Translation> _translations;
    readonly ClaimTable<FrontendKey, Frontend> _frontends;
    readonly FloatingIndex _floatings = new();
    readonly HashSet<Guid> _egress = []; // networks that have egress addresses
    readonly HashSet<Guid> _publishing = []; // local ports
    readonly Dictionary<Guid, string> _own = []; // floating IPs that are this node's own addresses
    DesiredInput _input = DesiredInput.Empty;

    internal DesiredOutside(DesiredRules rules, RecordTable<RouteKey, RouteEntry> routes, RecordTable<uint, NetworkEntry> networks)
    {
        (_rules, _networks) = (rules, networks);
        (_routes, _translations, _frontends) = (new(routes), new(Translations), new(Frontends));
    }

    internal RecordTable<uint, Uplink> Uplinks { get; } = new();

    internal RecordTable<uint, Exit> Exits { get; } = new();

    /// <summary>Of floating IPs here; those of gateways are their networks'.</summary>
    internal RecordTable<TranslationKey, Translation> Translations { get; } = new();

    /// <summary>In external networks here; those of virtual IPs, in networks, are their load balancers'.</summary>
    internal RecordTable<FrontendKey, Frontend> Frontends { get; } = new();

    /// <summary>One line each.</summary>
    internal IEnumerable<string> Faults => _own.Values;

    /// <summary>External networks of which something changed that more than its own records depend on.</summary>
    internal static HashSet<Guid> Changed(DesiredInput before, DesiredInput next, StateChanges changes)
    {
        var changed = new HashSet<Guid>(changes.Externals);
        changed.UnionWith(before.Outside.Differences(next.Outside));
        if (before.Node != next.Node || before.Outside.AnswersFloating != next.Outside.AnswersFloating
            || before.Outside.AnswersBalancers != next.Outside.AnswersBalancers)
            changed.UnionWith(next.State.Externals.Keys);
        return changed;
    }

    /// <summary>Takes note of floating IPs, before the rest is updated.</summary>
    /// <returns>Networks of which <see cref="IsFront"/> may have changed.</returns>
    internal HashSet<Guid> Follow(DesiredInput next, StateChanges changes) => _floatings.Update(changes.Floatings, next.State.Floatings);

    /// <summary>
    /// This node has a floating IP of a load balancer of the network: members elsewhere send their answers here, whether or not
    /// the network has a port here.
    /// </summary>
    internal bool IsFront(Guid network, uint node) => _floatings.IsFront(network, node);

    /// <param name="next">The input.</param>
    /// <param name="changes">Of its state.</param>
    /// <param name="externals">By <see cref="Changed"/>.</param>
    /// <param name="regions">Of external networks that came, went, or are another thing to rules.</param>
    /// <param name="ports">To look at.</param>
    internal void Update(
        DesiredInput next, StateChanges changes, IReadOnlySet<Guid> externals, IReadOnlySet<OutsideRegion> regions, IReadOnlySet<Guid> ports)
    {
        _input = next;
        foreach (var uid in externals.Union(regions.Select(region => region.External)))
            UpdateExternal(uid);
        foreach (var uid in FloatingsToLookAt(changes, externals, regions))
            UpdateFloating(uid);
        foreach (var uid in externals.Count > 0 || regions.Count > 0 ? changes.Networks.Union(_egress).ToHashSet() : changes.Networks)
            UpdateEgress(uid);
        foreach (var uid in externals.Count > 0 ? ports.Union(_publishing).ToHashSet() : ports)
            UpdatePublished(uid);
    }

    HashSet<Guid> FloatingsToLookAt(StateChanges changes, IReadOnlySet<Guid> externals, IReadOnlySet<OutsideRegion> regions)
    {
        var found = new HashSet<Guid>(changes.Floatings);
        foreach (var uid in externals)
            found.UnionWith(_floatings.In(uid));
        foreach (var uid in changes.Networks)
            found.UnionWith(_floatings.Of(uid));
        foreach (var external in regions.GroupBy(region => region.External))
        {
            List<IPNetwork> prefixes = [.. external.Select(region => region.Prefix)];
            found.UnionWith(prefixes.Count > FewRegions ? _floatings.In(external.Key)
                : _floatings.In(external.Key).Where(uid => prefixes.Exists(prefix => Holds(prefix, _input.State.Floatings[uid].Address))));
        }
        return found;
    }

    static bool Holds(IPNetwork prefix, IPAddress address) =>
        prefix.BaseAddress.AddressFamily == address.AddressFamily && prefix.Contains(address);

    void UpdateExternal(Guid uid)
    {
        var owner = RecordOwner.Of(uid);
        var external = _input.State.Externals.GetValueOrDefault(uid);
        var uplink = external is null ? null : _input.Outside.Uplinks.GetValueOrDefault(uid);
        _networks.Set(owner, external is null ? [] : [new(external.Vni, new() { Flags = (uint)NetworkFlags.External })]);
        Exits.Set(owner, uplink is null ? [] : ExitManager.Of(external!, uplink));
        Uplinks.Set(owner, uplink is null ? []
            : [new((uint)uplink.Ifindex, new() { Vni = external!.Vni, Mtu = (uint)uplink.Mtu, Mac = uplink.Mac })]);
        _routes.Set(new(Own, uid), uplink is null ? []
            : [.. uplink.Addresses.Select(own => own.Address).Distinct().Select(address => Route(
                external!, address, new() { Action = FlowAction.Host, Ifindex = (uint)uplink.Ifindex }))]);
        _routes.Set(new(Beyond, uid), external is null ? []
            : [.. ExitManager.Prefixes(external, uplink).Concat(_rules.RegionsOf(uid)).Distinct().Select(prefix => Route(
                external, prefix, new() { Action = FlowAction.Uplink, Node = ExitManager.NumberFor(external, uplink, prefix) }))]);
    }

    void UpdateFloating(Guid uid)
    {
        var claimant = new Claimant(Floating, uid);
        _own.Remove(uid);
        if (!_input.State.Floatings.TryGetValue(uid, out var floating)
            || !_input.State.Externals.TryGetValue(floating.External, out var external)
            || AnswerOf(floating) is not { } answer || IsGivenAway(floating, external))
        {
            _routes.Set(claimant, []);
            _frontends.Set(claimant, []);
            _translations.Set(claimant, []);
            return;
        }
        var network = floating.NodeNumber == _input.Node ? _input.State.Networks.GetValueOrDefault(floating.Network) : null;
        _routes.Set(claimant, [Route(external, floating.Address, answer)]);
        _frontends.Set(claimant, network is null ? [] : [.. FloatingManager.Frontends(floating, external, network)]);
        _translations.Set(claimant, network is null ? [] : [.. FloatingManager.Translations(floating, external, network)]);
    }

    void UpdateEgress(Guid uid)
    {
        var claims = new Dictionary<RouteKey, RouteEntry>();
        var gateways = _input.State.Networks.GetValueOrDefault(uid)?.Gateways ?? [];
        foreach (var gateway in gateways)
        {
            foreach (var egress in _input.State.Externals.TryGetValue(gateway.External, out var external) ? gateway.Egress : [])
            {
                if (AnswerOf(egress.NodeNumber) is not { } answer || IsOwn(external!, egress.Address))
                    continue;
                var (key, route) = Route(external!, egress.Address, answer);
                claims[key] = route;
            }
        }
        if (gateways.Any(gateway => !gateway.Egress.IsDefaultOrEmpty))
            _egress.Add(uid);
        else if (!_egress.Remove(uid))
            return;
        _routes.Set(new(Egress, uid), claims);
    }

    void UpdatePublished(Guid uid)
    {
        var port = _input.Locals.ContainsKey(uid) ? _input.State.Ports.GetValueOrDefault(uid) : null;
        if (port is { Published.IsDefaultOrEmpty: false } && port.NodeNumber == _input.Node)
            _publishing.Add(uid);
        else if (!_publishing.Remove(uid))
            return;
        var external = _input.State.Externals.Values.FirstOrDefault(external => external.Default);
        _frontends.Set(new(Published, uid), _publishing.Contains(uid) && external is not null
            && _input.State.Networks.TryGetValue(port!.Network, out var network)
            && _input.Outside.Uplinks.TryGetValue(external.Uid, out var uplink)
            ? [.. FloatingManager.Published(port, network, external, uplink)]
            : []);
    }

    /// <inheritdoc cref="AnswerOf(uint)"/>
    RouteEntry? AnswerOf(NodeFloating floating) =>
        floating.Balancer is not null && floating.NodeNumber == _input.Node && !_input.Outside.AnswersBalancers ? null : AnswerOf(floating.NodeNumber);

    /// <summary>How an address of ours is reached; null: nobody answers for it, as far as this node may say.</summary>
    RouteEntry? AnswerOf(uint node) =>
        node == 0 ? null
        : node != _input.Node ? new() { Action = FlowAction.Remote, Node = node }
        : _input.Outside.AnswersFloating ? new() { Action = FlowAction.Floating }
        : null;

    /// <summary>The host keeps what is its own, whatever the documents say.</summary>
    bool IsGivenAway(NodeFloating floating, NodeExternal external)
    {
        if (!IsOwn(external, floating.Address))
            return false;
        _own[floating.Uid] = $"floating IP {floating.Project}/{floating.Name}: {floating.Address} is this node's own address on the uplink to "
            + $"{external.Name}: take it out of the pools of external network {external.Name}";
        return true;
    }

    bool IsOwn(NodeExternal external, IPAddress address) => _input.Outside.Uplinks.GetValueOrDefault(external.Uid)?.Has(address) == true;

    KeyValuePair<RouteKey, RouteEntry> Route(NodeExternal external, IPAddress address, RouteEntry entry) =>
        Route(external, address.PrefixAround(AddressMath.Bits(address.AddressFamily)), entry);

    /// <summary>What rules cannot tell from something else is shut.</summary>
    KeyValuePair<RouteKey, RouteEntry> Route(NodeExternal external, IPNetwork prefix, RouteEntry entry)
    {
        var identity = _rules.OutsideIdentityOf(external.Uid, prefix);
        return new(
            RouteKey.For(external.Vni, prefix),
            identity == 0 ? new() { Action = FlowAction.Drop, Vni = external.Vni } : entry with { Vni = external.Vni, Identity = identity });
    }
}
