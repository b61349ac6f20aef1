using System.Text;
using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;

namespace Weft.Rules;

/// <summary>A rule in one line: <c>allow tcp from network frontend to network management ports 22, 8000-8100</c>.</summary>
/// <param name="networkName"><c>project/name</c> of a network.</param>
/// <param name="groupName">Name of a security group.</param>
/// <param name="externalName">Name of an external network; null: it is none.</param>
public sealed class RuleText(Func<Guid, string> networkName, Func<Guid, string> groupName, Func<Guid, string?> externalName)
{
    /// <param name="set">Of the rule; networks of its project are called without it.</param>
    public string Of(NodeRuleSet set, RuleSpec rule)
    {
        var text = new StringBuilder();
        if (rule.Direction is RuleDirection.Ingress or RuleDirection.Egress)
            text.Append(rule.Direction == RuleDirection.Ingress ? "ingress" : "egress");
        else
            text.Append(rule.Action == RuleAction.Allow ? "allow" : rule.Action == RuleAction.Deny ? "deny" : "deny with reject");
        text.Append(' ').Append(rule.Protocol is { } protocol ? IpProtocols.NameOf(protocol) : "any");
        if (rule.Family is { } family)
            text.Append(family == System.Net.Sockets.AddressFamily.InterNetwork ? " ipv4" : " ipv6");
        if (rule.Direction != RuleDirection.Egress)
            text.Append(" from ").Append(Of(set, rule.From));
        if (rule.Direction == RuleDirection.BothWays)
            text.Append(" both ways");
        if (rule.Direction != RuleDirection.Ingress)
            text.Append(" to ").Append(Of(set, rule.To));
        Ranges(text, rule.Ports.IsDefault ? [] : rule.Ports, "port");
        Ranges(text, rule.SourcePorts.IsDefault ? [] : rule.SourcePorts, "source port");
        if (!rule.IcmpTypes.IsDefaultOrEmpty)
            text.Append(" type ").AppendJoin(", ", rule.IcmpTypes.Select(type => IcmpTypes.NameOf(rule.Protocol ?? 0, type)));
        return text.ToString();
    }

    string Of(NodeRuleSet set, RuleEndpoint endpoint)
    {
        var parts = new List<string>();
        if (endpoint.Network is { } network)
            parts.Add(externalName(network) is { } external ? $"external network {external}" : $"network {Short(networkName(network), set.Project)}");
        if (endpoint.Prefix is { } prefix)
            parts.Add(prefix.ToString());
        if (endpoint.Group is { } group)
            parts.Add($"security group {groupName(group)}");
        if (!endpoint.Labels.IsDefaultOrEmpty)
            parts.Add(string.Join(' ', endpoint.Labels.Select(label => $"{label.Key}={label.Value}")));
        return parts.Count == 0 ? "any" : string.Join(' ', parts);
    }

    internal static string Short(string network, string project) =>
        network.StartsWith(project + "/", StringComparison.Ordinal) ? network[(project.Length + 1)..] : network;

    static void Ranges(StringBuilder text, IReadOnlyCollection<PortRange> ranges, string word)
    {
        if (ranges.Count > 0)
            text.Append(' ').Append(word).Append(ranges.Count > 1 ? "s " : " ").AppendJoin(", ", ranges);
    }
}
