using System.Net;
using System.Net.Sockets;
using Weft.Model.Resources;

namespace Weft.Model.Validation;

/// <summary>What can be said about a node from its own document.</summary>
public static class NodeRules
{
    /// <summary>IPv6's least inside, with the 70 bytes that VXLAN over IPv6 adds.</summary>
    public const int SmallestFabricMtu = NetworkRules.SmallestIPv6Mtu + 70;

    public static void Check(Node node, Faults faults)
    {
        NameRules.CheckNetworkName(node.Name, faults);
        NameRules.CheckLabels(node.Labels, faults);
        if (node.FabricAddress is null)
            faults.Add("fabricAddress", "is required");
        else if (!IsStation(node.FabricAddress))
            faults.Add("fabricAddress", $"{node.FabricAddress} is not an address that other nodes can send to");
        if (node.FabricMtu is not 0 and (< SmallestFabricMtu or > 65535))
            faults.Add("fabricMtu", $"is {node.FabricMtu}; from {SmallestFabricMtu} to 65535 are allowed");
    }

    static bool IsStation(IPAddress address)
    {
        var first = address.GetAddressBytes()[0];
        return address.AddressFamily == AddressFamily.InterNetwork
            ? first is not 0 and < 224
            : !address.IsIPv6Multicast && !address.Equals(IPAddress.IPv6Any);
    }
}
