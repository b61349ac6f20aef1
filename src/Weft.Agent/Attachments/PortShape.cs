using Weft.Agent.Desired;
using Weft.Agent.Fabric;
using Weft.Linux;
using Weft.Model.Local;
using Weft.Model.State;

namespace Weft.Agent.Attachments;

/// <summary>From a port's record to its interface: addresses with their subnets, MTU.</summary>
static class PortShape
{
    internal static PortInterface Interface(
        NodePort port, NodeNetwork network, FabricInfo? fabric, string name, bool defaultRoutes) => new()
        {
            Uid = port.Uid,
            Name = name,
            Mac = port.Mac,
            Mtu = Mtu(network, fabric),
            Addresses = [.. Addresses(port, network).Select(a => new PortAddress(a.Address, a.PrefixLength, a.Gateway))],
            DefaultRoutes = defaultRoutes,
        };

    /// <summary>Without a fabric there are no other nodes, and the usual size does.</summary>
    internal static int Mtu(NodeNetwork network, FabricInfo? fabric) => NetworkManager.Mtu(
        network,
        fabric?.Mtu ?? 1500,
        fabric?.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6);

    /// <summary>Addresses outside of all subnets (the network was changed) are left out.</summary>
    internal static IEnumerable<IPNetworkAddress> Addresses(NodePort port, NodeNetwork network)
    {
        foreach (var address in port.Addresses)
        {
            foreach (var subnet in network.Subnets)
            {
                if (subnet.Prefix.Contains(address))
                    yield return new(address, subnet.Prefix.PrefixLength, subnet.Gateway);
            }
        }
    }
}
