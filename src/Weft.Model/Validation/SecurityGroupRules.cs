using System.Net.Sockets;
using Weft.Model.Resources;

namespace Weft.Model.Validation;

/// <summary>What can be said about a security group from its own document.</summary>
public static class SecurityGroupRules
{
    public const int MostRules = 10_000;

    const int LongestDescription = 1024;

    public static void Check(SecurityGroup group, Faults faults)
    {
        NameRules.CheckName(group.Name, faults);
        NameRules.CheckLabels(group.Labels, faults);
        NameRules.CheckText(group.Description, "description", LongestDescription, faults);
        var ids = new HashSet<uint>();
        RuleParts.CheckAll(group.Rules, MostRules, faults, (rule, path) =>
        {
            RuleParts.CheckId(rule.Id, ids, path, faults);
            CheckRule(rule, path, faults);
        });
    }

    static void CheckRule(SecurityGroupRule rule, string path, Faults faults)
    {
        if (rule.Direction is not (SecurityGroup.Ingress or SecurityGroup.Egress))
            faults.Add($"{path}.direction", rule.Direction.Length == 0
                ? "is required: ingress or egress" : $"'{NameRules.Shown(rule.Direction)}' is no direction: ingress or egress");
        if (rule.Family is not (null or SecurityGroup.IPv4 or SecurityGroup.IPv6))
            faults.Add($"{path}.family", $"'{NameRules.Shown(rule.Family)}' is no family: ipv4 or ipv6; leave it out for both");
        if (rule is { RemotePrefix: not null, RemoteGroup: not null })
            faults.Add($"{path}.remoteGroup", "cannot be together with remotePrefix; make two rules");
        if (rule.RemoteGroup is { } remote)
            NameRules.CheckName(remote, faults, $"{path}.remoteGroup");
        RuleParts.CheckText(rule.Description, $"{path}.description", faults);
        var protocol = RuleParts.CheckProtocol(rule.Protocol, rule.Ports, null, rule.IcmpTypes, path, faults);
        RuleParts.CheckFamilies(
        [
            ($"{path}.family", $"family {rule.Family}", FamilyOf(rule.Family)),
            ($"{path}.protocol", $"protocol {rule.Protocol}", RuleParts.FamilyOf(protocol)),
            ($"{path}.remotePrefix", $"{rule.RemotePrefix}", rule.RemotePrefix is { } prefix ? RuleParts.FamilyOf(prefix) : null),
        ], faults);
    }

    static AddressFamily? FamilyOf(string? family) => family switch
    {
        SecurityGroup.IPv4 => AddressFamily.InterNetwork,
        SecurityGroup.IPv6 => AddressFamily.InterNetworkV6,
        _ => null,
    };
}
