using System.Collections.Immutable;
using System.Net;
using Weft.Agent.State;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Agent;

/// <summary>Short ways to write node states.</summary>
static class States
{
    internal static NodeNetwork Network(
        string name, uint vni, string[]? prefixes = null, string project = "default", bool isInternal = false, int mtu = 0)
    {
        var subnets = (prefixes ?? ["10.1.0.0/24", "fd00:1::/64"]).Select(text =>
        {
            var prefix = IPNetwork.Parse(text);
            var gateway = prefix.BaseAddress.GetAddressBytes();
            gateway[^1] |= 1;
            return new Subnet { Prefix = prefix, Gateway = new IPAddress(gateway) };
        });
        return new(Guid.NewGuid(), project, name, vni, [.. subnets], isInternal, mtu, 1);
    }

    internal static NodePort Port(
        NodeNetwork network, string name, string[] addresses, uint node = 1, string[]? aliases = null, string? owner = null) =>
        new(Guid.NewGuid(), network.Project, name, network.Uid, new MacAddress(0x02_00_00_00_00_00UL | (uint)name.GetHashCode(StringComparison.Ordinal)),
            [.. addresses.Select(IPAddress.Parse)], node, [.. aliases ?? []], null, owner, 1);

    /// <summary>The index of a state on node 1.</summary>
    internal static StateIndex Index(NodeState state, StateIndex? from = null)
    {
        from ??= StateIndex.Empty;
        return from.Next(1, state, StateLineage.Between(from.State, state));
    }

    internal static NodeState Of(IEnumerable<NodeNetwork> networks, IEnumerable<NodePort> ports, params NodePeer[] peers) => new()
    {
        Revision = 1,
        Networks = networks.ToImmutableDictionary(network => network.Uid),
        Ports = ports.ToImmutableDictionary(port => port.Uid),
        Peers = peers.ToImmutableDictionary(peer => peer.Number),
    };
}
