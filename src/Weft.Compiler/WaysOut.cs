using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>The ways out of any network of a snapshot, from one look at all routers and floating IPs.</summary>
public sealed class WaysOut
{
    readonly Snapshot _snapshot;
    readonly ILookup<ResourceKey, Router> _routers;
    readonly ILookup<Guid, Guid> _floating;

    public WaysOut(Snapshot snapshot)
    {
        _snapshot = snapshot;
        _routers = snapshot.All<Router>()
            .SelectMany(router => (router.Networks ?? []).Distinct().Select(name => (Network: ResourceKey.Network(router.Project, name), Router: router)))
            .ToLookup(pair => pair.Network, pair => pair.Router);
        _floating = snapshot.All<FloatingIp>().Select(floating => OutsideSpecs.Of(floating, snapshot)).OfType<NodeFloating>()
            .Select(floating => (floating.Network, floating.External)).Distinct().ToLookup(pair => pair.Network, pair => pair.External);
    }

    /// <summary>The network as nodes see it.</summary>
    public NodeNetwork Of(Network network) => NodeRecords.Of(network) with
    {
        Gateways = OutsideSpecs.GatewaysOf(
            network, _routers[ResourceKey.Of(network)],
            _floating[network.Uid].OrderBy(uid => _snapshot.Find<ExternalNetwork>(uid)!.Name, StringComparer.Ordinal), _snapshot),
    };
}
