using System.Net;
using Weft.Dataplane.Abi;
using Weft.Model.State;

namespace Weft.Agent.Desired;

/// <summary>Floating IPs and published ports: what addresses outside lead to.</summary>
static class FloatingManager
{
    /// <param name="floating">That this node answers for.</param>
    /// <param name="external">Its external network.</param>
    /// <param name="network">Its target's.</param>
    internal static IEnumerable<KeyValuePair<FrontendKey, Frontend>> Frontends(NodeFloating floating, NodeExternal external, NodeNetwork network)
    {
        if (!floating.Mappings.IsDefaultOrEmpty)
            return floating.Mappings.SelectMany(mapping => Mapped(mapping, floating.Address, external, floating.Target, network, floating.Open));
        var frontend = new Frontend { Address = floating.Target, Vni = network.Vni, Flags = FlagsOf(floating.Open) };
        return [new(new() { Address = floating.Address, Vni = external.Vni }, frontend)];
    }

    /// <summary>What its port is outside; none when it is of some ports only, or of a virtual IP.</summary>
    internal static IEnumerable<KeyValuePair<TranslationKey, Translation>> Translations(
        NodeFloating floating, NodeExternal external, NodeNetwork network) =>
        floating.Mappings.IsDefaultOrEmpty && floating.Port is not null
            ? [new(GatewayManager.KeyOf(network, external, floating.Target), new() { Address = floating.Address })]
            : [];

    /// <summary>On each address of the uplink.</summary>
    /// <param name="port">Of this node.</param>
    /// <param name="network">Its network.</param>
    /// <param name="external">The default one.</param>
    /// <param name="uplink">To that.</param>
    internal static IEnumerable<KeyValuePair<FrontendKey, Frontend>> Published(
        NodePort port, NodeNetwork network, NodeExternal external, UplinkFacts uplink)
    {
        foreach (var own in uplink.Addresses)
        {
            if (port.Addresses.FirstOrDefault(address => address.AddressFamily == own.Address.AddressFamily) is not { } target)
                continue;
            foreach (var mapping in port.Published)
            {
                foreach (var record in Mapped(mapping, own.Address, external, target, network, open: true))
                    yield return record;
            }
        }
    }

    static IEnumerable<KeyValuePair<FrontendKey, Frontend>> Mapped(
        NodePortMapping mapping, IPAddress address, NodeExternal external, IPAddress target, NodeNetwork network, bool open)
    {
        var first = mapping.TargetPort == 0 ? mapping.Ports.First : mapping.TargetPort;
        for (int outside = mapping.Ports.First, inside = first; outside <= mapping.Ports.Last && inside <= ushort.MaxValue; outside++, inside++)
        {
            yield return new(
                new() { Address = address, Vni = external.Vni, Protocol = mapping.Protocol, Port = (ushort)outside },
                new() { Address = target, Vni = network.Vni, Port = (ushort)inside, Flags = FlagsOf(open) });
        }
    }

    static byte FlagsOf(bool open) => open ? (byte)FrontendFlags.Published : (byte)0;
}
