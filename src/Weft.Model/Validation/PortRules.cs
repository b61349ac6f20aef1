using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.Rules;

namespace Weft.Model.Validation;

/// <summary>What can be said about a port from its own document.</summary>
public static class PortRules
{
    public const int MostAddresses = 16;
    public const int MostAliases = 64;
    public const int MostSecurityGroups = 16;
    const int LongestText = 256;

    /// <summary>RFC 7348 section 5.</summary>
    const ushort VxlanPort = 4789;

    public static void Check(Port port, Faults faults)
    {
        NameRules.CheckName(port.Name, faults);
        NameRules.CheckLabels(port.Labels, faults);
        NameRules.CheckText(port.Device, "device", LongestText, faults);
        NameRules.CheckText(port.Owner, "owner", LongestText, faults);
        if (port.Network.Length == 0)
            faults.Add("network", "is required");
        if (port.MacAddress is { } mac)
            CheckMac(mac, faults);
        CheckAddresses(port, faults);
        CheckAliases(port, faults);
        CheckSecurityGroups(port, faults);
        CheckPublished(port, faults);
    }

    static void CheckPublished(Port port, Faults faults)
    {
        PortMappingRules.Check(port.Published, "published", faults);
        for (var i = 0; i < (port.Published?.Count ?? 0); i++)
        {
            if (port.Published![i] is { } mapping && IpProtocols.TryParse(mapping.Protocol, out var protocol) && protocol == IpProtocols.Udp
                && mapping.Ports.Contains(VxlanPort))
                faults.Add($"published[{i}].ports", $"has udp {VxlanPort}, by which nodes send to each other");
        }
    }

    static void CheckMac(MacAddress mac, Faults faults)
    {
        if (!mac.IsUnicast)
            faults.Add("macAddress", $"{mac} is not a unicast address");
        else if (mac == MacAddress.Gateway)
            faults.Add("macAddress", $"{mac} is the address of every gateway");
    }

    static void CheckAddresses(Port port, Faults faults)
    {
        if (port.Addresses is not { } addresses)
            return;
        if (addresses.Count > MostAddresses)
            faults.Add("addresses", $"are {addresses.Count}; at most {MostAddresses} are allowed");
        for (var i = 0; i < addresses.Count; i++)
        {
            if (addresses[i] is null)
                faults.Add($"addresses[{i}]", "is null");
            else if (addresses.Take(i).Contains(addresses[i]))
                faults.Add($"addresses[{i}]", $"{addresses[i]} is given twice");
        }
    }

    static void CheckAliases(Port port, Faults faults)
    {
        if (port.Aliases is not { } aliases)
            return;
        if (aliases.Count > MostAliases)
            faults.Add("aliases", $"are {aliases.Count}; at most {MostAliases} are allowed");
        for (var i = 0; i < aliases.Count; i++)
        {
            if (aliases[i] is null || !NameRules.IsAlias(aliases[i]))
                faults.Add($"aliases[{i}]", $"'{NameRules.Shown(aliases[i] ?? "")}' is not a DNS name");
        }
    }

    static void CheckSecurityGroups(Port port, Faults faults)
    {
        if (port.SecurityGroups is not { } groups)
            return;
        if (groups.Count > MostSecurityGroups)
            faults.Add("securityGroups", $"are {groups.Count}; at most {MostSecurityGroups} are allowed");
        for (var i = 0; i < groups.Count; i++)
        {
            NameRules.CheckName(groups[i], faults, $"securityGroups[{i}]");
            if (groups.Take(i).Contains(groups[i]))
                faults.Add($"securityGroups[{i}]", $"'{NameRules.Shown(groups[i] ?? "")}' is given twice");
        }
    }
}
