using Weft.Model.Resources;

namespace Weft.Model.Validation;

/// <summary>What can be said about a network from its own document.</summary>
public static class NetworkRules
{
    /// <summary>Of 24 bits, RFC 7348 section 5.</summary>
    public const uint LargestVni = 0xFF_FF_FF;

    /// <summary>What every IPv6 link must carry, RFC 8200 section 5.</summary>
    public const int SmallestIPv6Mtu = 1280;

    const int SmallestMtu = 576;
    const int LargestMtu = 65485;

    public static void Check(Network network, Faults faults)
    {
        NameRules.CheckNetworkName(network.Name, faults);
        NameRules.CheckLabels(network.Labels, faults);
        if (network.Vni > LargestVni)
            faults.Add("vni", $"is {network.Vni}; from 1 to {LargestVni} are allowed, or 0 to let the server choose");
        CheckMtu(network, faults);
        SubnetRules.Check(network.Subnets, faults);
        if (network is { Internal: true, ExternalGateway: not null })
            faults.Add("externalGateway", "is a way out, which an internal network has none of");
        GatewayRules.Check(network.ExternalGateway, faults);
    }

    static void CheckMtu(Network network, Faults faults)
    {
        var hasIPv6 = network.Subnets?.Any(subnet => SubnetRules.IsPresent(subnet) && !subnet.Prefix.IsIPv4()) ?? false;
        var smallest = hasIPv6 ? SmallestIPv6Mtu : SmallestMtu;
        if (network.Mtu != 0 && (network.Mtu < smallest || network.Mtu > LargestMtu))
            faults.Add("mtu", $"is {network.Mtu}; from {smallest}{(hasIPv6 ? " (IPv6)" : "")} to {LargestMtu} are allowed, "
                + "or 0 for what the fabric carries");
    }
}
