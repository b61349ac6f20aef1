using System.Globalization;
using System.Net;
using Weft.Dataplane;
using Weft.Dataplane.Abi;
using Weft.Model.Local;
using Weft.Model.State;

namespace Weft.Agent.Local;

/// <summary>Answers to "how is this node tied to the outside".</summary>
static class OutsideInspection
{
    /// <param name="state">Of the node.</param>
    /// <param name="uplinks">As the runtime has them.</param>
    /// <param name="vrouter">Whose tables are read.</param>
    internal static LocalOutside All(NodeState state, IReadOnlyList<LocalUplink> uplinks, Vrouter vrouter)
    {
        var externals = state.Externals.Values.ToDictionary(external => external.Vni);
        var networks = state.Networks.Values.ToDictionary(network => network.Vni);
        var (inwards, outwards) = Count(vrouter.ReadFlows(), externals.ContainsKey);
        var routes = vrouter.Routes.Actual();
        return new()
        {
            Uplinks = uplinks,
            FloatingIps =
            [
                .. state.Floatings.Values
                    .Where(floating => state.Externals.TryGetValue(floating.External, out var external)
                        && routes.TryGetValue(RouteKey.For(external.Vni, floating.Address), out var route) && route.Action == FlowAction.Floating)
                    .OrderBy(floating => floating.Address.ToString(), StringComparer.Ordinal)
                    .Select(floating => Of(floating, state, inwards, outwards)),
            ],
            Translations =
            [
                .. vrouter.Translations.Actual()
                    .Where(translation => externals.ContainsKey(translation.Key.External) && networks.ContainsKey(translation.Key.Vni))
                    .Select(translation => Of(translation.Key, translation.Value, networks[translation.Key.Vni], externals[translation.Key.External], outwards))
                    .OrderBy(translation => translation.Network, StringComparer.Ordinal)
                    .ThenBy(translation => translation.External, StringComparer.Ordinal).ThenBy(translation => translation.Inside, StringComparer.Ordinal),
            ],
        };
    }

    static LocalFloatingIp Of(
        NodeFloating floating, NodeState state, Dictionary<(uint, IPAddress), long> inwards, Dictionary<(uint, uint, IPAddress), long> outwards)
    {
        var external = state.Externals[floating.External];
        var vni = state.Networks.GetValueOrDefault(floating.Network)?.Vni ?? 0;
        var target = floating.Port is { } port
            ? state.Ports.TryGetValue(port, out var known) ? $"port {known.Project}/{known.Name}" : "a port"
            : state.Balancers.TryGetValue(floating.Balancer ?? Guid.Empty, out var balancer) ? $"load balancer {balancer.Project}/{balancer.Name}" : "a load balancer";
        return new(
            external.Name, $"{floating.Project}/{floating.Name}", floating.Address.ToString(), $"{target} {floating.Target}",
            inwards.GetValueOrDefault((external.Vni, floating.Address)) + outwards.GetValueOrDefault((vni, external.Vni, floating.Address)));
    }

    static LocalTranslation Of(
        TranslationKey key, Translation translation, NodeNetwork network, NodeExternal external, Dictionary<(uint, uint, IPAddress), long> outwards)
    {
        var inside = key.Address.ToIPAddress();
        var isForAll = inside.Equals(IPAddress.Any) || inside.Equals(IPAddress.IPv6Any);
        var outside = translation.Address.ToIPAddress();
        return new(
            $"{network.Project}/{network.Name}", isForAll ? null : inside.ToString(), external.Name, outside.ToString(),
            translation.FirstPort == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{translation.FirstPort}-{translation.LastPort}"),
            outwards.GetValueOrDefault((network.Vni, external.Vni, outside)));
    }

    /// <summary>Connections by the address that they ask for in an external network, and by what their openers are outside.</summary>
    static (Dictionary<(uint External, IPAddress), long> Inwards, Dictionary<(uint Network, uint External, IPAddress), long> Outwards) Count(
        IEnumerable<KeyValuePair<FlowKey, FlowEntry>> flows, Func<uint, bool> isExternal)
    {
        var (inwards, outwards) = (new Dictionary<(uint, IPAddress), long>(), new Dictionary<(uint, uint, IPAddress), long>());
        foreach (var (key, flow) in flows)
        {
            var flags = (FlowFlags)flow.Flags;
            if (!flags.HasFlag(FlowFlags.Rewrite) || flags.HasFlag(FlowFlags.Reverse))
                continue;
            if (isExternal(key.Vni))
                Add(inwards, (key.Vni, key.Destination.ToIPAddress()));
            else if (isExternal(flow.Vni) && flow.Rewrite.Source != key.Source)
                Add(outwards, (key.Vni, flow.Vni, flow.Rewrite.Source.ToIPAddress()));
        }
        return (inwards, outwards);

        static void Add<TKey>(Dictionary<TKey, long> counts, TKey key) where TKey : notnull => counts[key] = counts.GetValueOrDefault(key) + 1;
    }
}
