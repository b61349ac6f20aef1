using System.Net;
using System.Net.Sockets;
using Weft.Model.Resources;
using Weft.Model.Rules;

namespace Weft.Model.Validation;

/// <summary>What rules of policies and of security groups have in common.</summary>
static class RuleParts
{
    /// <summary>Ranges or ICMP types of one rule.</summary>
    public const int MostRanges = 64;

    /// <summary>So that a document of thousands of bad rules has an answer that can be read.</summary>
    const int MostFaults = 100;

    const int LongestText = 256;

    /// <summary>Checks rules one by one, until there are too many faults to tell.</summary>
    public static void CheckAll<T>(IReadOnlyList<T>? rules, int most, Faults faults, Action<T, string> check) where T : class
    {
        if (rules is null)
            return;
        if (rules.Count > most)
        {
            faults.Add("rules", $"are {rules.Count}; at most {most} are allowed");
            return;
        }
        for (var i = 0; i < rules.Count; i++)
        {
            if (faults.Count >= MostFaults)
            {
                faults.Add("rules", $"from rules[{i}] on are not looked at: there are {faults.Count} faults already");
                return;
            }
            if (rules[i] is null)
                faults.Add($"rules[{i}]", "is null");
            else
                check(rules[i], $"rules[{i}]");
        }
    }

    /// <summary>Names of the networks that a policy or router is attached to.</summary>
    /// <param name="networks">As given.</param>
    /// <param name="most">How many there may be.</param>
    /// <param name="otherProject">What to say of a network of another project.</param>
    /// <param name="faults">Gets what is wrong.</param>
    public static void CheckAttached(IReadOnlyList<string>? networks, int most, string otherProject, Faults faults)
    {
        if (networks is null)
            return;
        if (networks.Count > most)
            faults.Add("networks", $"are {networks.Count}; at most {most} are allowed");
        var seen = new HashSet<string>();
        for (var i = 0; i < networks.Count; i++)
        {
            var path = $"networks[{i}]";
            if (networks[i]?.Contains('/', StringComparison.Ordinal) == true)
                faults.Add(path, $"'{NameRules.Shown(networks[i])}' {otherProject}");
            else
                NameRules.CheckNetworkName(networks[i], faults, path);
            if (networks[i] is not null && !seen.Add(networks[i]))
                faults.Add(path, $"'{NameRules.Shown(networks[i])}' is given twice");
        }
    }

    /// <summary>An id names one rule.</summary>
    public static void CheckId(uint id, HashSet<uint> seen, string path, Faults faults)
    {
        if (id != 0 && !seen.Add(id))
            faults.Add($"{path}.id", $"{id} is given twice; leave it out to let the server choose");
    }

    /// <summary>A protocol with its ports and types; what does not fit together is a fault.</summary>
    /// <returns>Null: any, or a fault.</returns>
    public static byte? CheckProtocol(
        string? protocol, IReadOnlyList<PortRange>? ports, IReadOnlyList<PortRange>? sourcePorts,
        IReadOnlyList<string>? icmpTypes, string path, Faults faults)
    {
        byte? number = IpProtocols.TryParse(protocol, out var known) ? known : null;
        if (protocol is not null && number is null)
            faults.Add($"{path}.protocol", $"'{NameRules.Shown(protocol)}' is no protocol: a number from 0 to 255, or one of "
                + string.Join(", ", IpProtocols.Names) + "; leave it out for any");
        var isUnknown = protocol is not null && number is null;
        CheckPorts(ports, isUnknown || number is { } a && IpProtocols.HasPorts(a), $"{path}.ports", faults);
        CheckPorts(sourcePorts, isUnknown || number is { } b && IpProtocols.HasPorts(b), $"{path}.sourcePorts", faults);
        if (!isUnknown)
            CheckIcmpTypes(icmpTypes, number, $"{path}.icmpTypes", faults);
        return number;
    }

    public static void CheckText(string? text, string path, Faults faults) =>
        NameRules.CheckText(text, path, LongestText, faults);

    public static AddressFamily FamilyOf(IPNetwork prefix) => prefix.BaseAddress.AddressFamily;

    /// <summary>IGMP and ICMP are IPv4's, ICMPv6 is IPv6's; the others are of both.</summary>
    public static AddressFamily? FamilyOf(byte? protocol) => protocol switch
    {
        IpProtocols.Icmp or Igmp => AddressFamily.InterNetwork,
        IpProtocols.IcmpV6 => AddressFamily.InterNetworkV6,
        _ => null,
    };

    /// <summary>All parts of a rule that have a family must have the same one.</summary>
    public static void CheckFamilies(
        ReadOnlySpan<(string Path, string What, AddressFamily? Family)> parts, Faults faults)
    {
        (string What, AddressFamily Family)? first = null;
        foreach (var (path, what, family) in parts)
        {
            if (family is not { } given)
                continue;
            if (first is not { } before)
                first = (what, given);
            else if (before.Family != given)
                faults.Add(path, $"{what} is {Name(given)}, but {before.What} is {Name(before.Family)}: nothing is both");
        }
    }

    const byte Igmp = 2;

    static void CheckPorts(IReadOnlyList<PortRange>? ports, bool hasPorts, string path, Faults faults)
    {
        if (ports is null)
            return;
        if (!hasPorts)
            faults.Add(path, "need a protocol that has ports: tcp, udp, udplite, sctp or dccp");
        CheckCount(ports.Count, path, faults);
        for (var i = 0; i < ports.Count; i++)
        {
            if (ports[i].First > ports[i].Last)
                faults.Add($"{path}[{i}]", $"{ports[i]} runs backwards; {ports[i].Last}-{ports[i].First} would be a range");
            else if (ports[i].Last == 0)
                faults.Add($"{path}[{i}]", "0 is no port; from 1 to 65535 are");
        }
    }

    static void CheckIcmpTypes(IReadOnlyList<string>? types, byte? protocol, string path, Faults faults)
    {
        if (types is null)
            return;
        CheckCount(types.Count, path, faults);
        if (protocol is not { } number || !IpProtocols.HasIcmpTypes(number))
        {
            faults.Add(path, "need protocol icmp or icmpv6");
            return;
        }
        for (var i = 0; i < types.Count; i++)
        {
            if (!IcmpTypes.TryParse(number, types[i], out _))
                faults.Add($"{path}[{i}]", $"'{NameRules.Shown(types[i] ?? "")}' is no type of {IpProtocols.NameOf(number)}: a number "
                    + "from 0 to 255, or one of " + string.Join(", ", IcmpTypes.Names(number)));
        }
    }

    static void CheckCount(int count, string path, Faults faults)
    {
        if (count == 0)
            faults.Add(path, "is empty; leave it out for all");
        else if (count > MostRanges)
            faults.Add(path, $"are {count}; at most {MostRanges} are allowed");
    }

    static string Name(AddressFamily family) => family == AddressFamily.InterNetwork ? "IPv4" : "IPv6";
}
