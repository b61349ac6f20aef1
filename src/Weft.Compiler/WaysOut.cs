using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Compiler;

/// <summary>The ways out of any network of a snapshot, and into any port, from one look at all routers and floating IPs.</summary>
public sealed class WaysOut
{
    static readonly ConditionalWeakTable<Snapshot, WaysOut> Known = [];

    readonly Snapshot _snapshot;
    readonly ILookup<Guid?, NodeFloating> _byPort;
    readonly ILookup<ResourceKey, Router> _routers;
    readonly ILookup<Guid, Guid> _floating;

    WaysOut(Snapshot snapshot)
    {
        _snapshot = snapshot;
        Floatings = [.. snapshot.All<FloatingIp>().Select(floating => OutsideSpecs.Of(floating, snapshot)).OfType<NodeFloating>()];
        _routers = snapshot.All<Router>()
            .SelectMany(router => (router.Networks ?? []).Distinct().Select(name => (Network: ResourceKey.Network(router.Project, name), Router: router)))
            .ToLookup(pair => pair.Network, pair => pair.Router);
        _floating = Floatings.Select(floating => (floating.Network, floating.External)).Distinct()
            .ToLookup(pair => pair.Network, pair => pair.External);
        _byPort = Floatings.ToLookup(floating => floating.Port);
    }

    /// <summary>All that lead somewhere.</summary>
    public ImmutableArray<NodeFloating> Floatings { get; }

    /// <summary>Made once for each snapshot.</summary>
    public static WaysOut Of(Snapshot snapshot) => Known.GetValue(snapshot, one => new(one));

    /// <param name="port">Uid.</param>
    public IEnumerable<NodeFloating> To(Guid port) => _byPort[port];

    /// <summary>The network as nodes see it.</summary>
    public NodeNetwork Of(Network network) => NodeRecords.Of(network) with
    {
        Gateways = OutsideSpecs.GatewaysOf(
            network, _routers[ResourceKey.Of(network)],
            _floating[network.Uid].OrderBy(uid => _snapshot.Find<ExternalNetwork>(uid)!.Name, StringComparer.Ordinal), _snapshot),
    };
}
