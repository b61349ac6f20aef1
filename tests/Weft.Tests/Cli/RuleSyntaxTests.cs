using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Cli.Rules;
using Weft.Model.Json;

namespace Weft.Tests.Cli;

public sealed class RuleSyntaxTests
{
    public static TheoryData<string, string> PolicyRules() => new()
    {
        { "allow tcp frontend -> management 514", "allow tcp frontend -> management 514" },
        { "allow tcp frontend->management 514", "allow tcp frontend -> management 514" },
        { "deny tcp frontend -> management 22 reject log", "deny tcp frontend -> management 22 reject log" },
        { "reject tcp frontend -> management 22", "deny tcp frontend -> management 22 reject" },
        { "deny with reject any from network a to network b", "deny any a -> b reject" },
        { "allow tcp from network frontend to network management ports 22, 8000-8100", "allow tcp frontend -> management 22,8000-8100" },
        { "allow a <-> acme/b", "allow any a <-> acme/b" },
        { "allow any -> b", "allow any any -> b" },
        { "allow any any -> b", "allow any any -> b" },
        { "allow udp 10.0.0.0/8 -> fd00::/8 53", "allow udp 10.0.0.0/8 -> fd00::/8 53" },
        { "allow udp 10.1.0.5 -> any 53", "allow udp 10.1.0.5/32 -> any 53" },
        { "allow tcp web label tier=front stage=live -> db group postgres 5432", "allow tcp web label tier=front label stage=live -> db group postgres 5432" },
        { "allow tcp group:a -> network:514 514", "allow tcp group a -> network 514 514" },
        { "allow icmp a -> b type echo-request,8", "allow icmp a -> b type echo-request,8" },
        { "allow 132 a -> b source ports 1000-2000 port 7", "allow 132 a -> b 7 source ports 1000-2000" },
        { "allow tcp from external:internet to network:frontend port 80", "allow tcp external internet -> frontend 80" },
        { "deny any external internet 198.51.100.0/24 -> any log", "deny any external internet 198.51.100.0/24 -> any log" },
        { "allow udp a -> external internet 53", "allow udp a -> external internet 53" },
        { "allow network external -> b", "allow any network external -> b" },
        { "ALLOW TCP a -> b 80", "allow tcp a -> b 80" },
        { "allow tcp a both ways to security group b port 80", "allow tcp a <-> group b 80" },
    };

    [Theory]
    [MemberData(nameof(PolicyRules))]
    public void Rules_of_policies_are_read_and_written(string text, string written) =>
        Assert.Equal(written, RuleWriter.OfPolicy(Json(PolicyRuleSyntax.Parse(text))));

    [Theory]
    [MemberData(nameof(PolicyRules))]
    public void What_is_written_is_read_as_the_same_rule(string text, string written) =>
        Assert.Equal(PolicyRuleSyntax.Parse(text), PolicyRuleSyntax.Parse(written));

    public static TheoryData<string, string> GroupRules() => new()
    {
        { "ingress tcp 22,80", "ingress tcp 22,80 from any" },
        { "ingress tcp from 10.0.0.0/8 22", "ingress tcp 22 from 10.0.0.0/8" },
        { "ingress tcp 5432 from group web", "ingress tcp 5432 from group web" },
        { "ingress from security group web", "ingress any from group web" },
        { "egress", "egress any to any" },
        { "egress ipv6 any", "egress ipv6 any to any" },
        { "egress udp ipv4 53 to any", "egress ipv4 udp 53 to any" },
        { "ingress icmpv6 type echo-request from fd00::1", "ingress icmpv6 type echo-request from fd00::1/128" },
    };

    [Theory]
    [MemberData(nameof(GroupRules))]
    public void Rules_of_groups_are_read_and_written(string text, string written) =>
        Assert.Equal(written, RuleWriter.OfGroup(Json(GroupRuleSyntax.Parse(text))));

    [Theory]
    [MemberData(nameof(GroupRules))]
    public void What_is_written_of_a_group_is_read_as_the_same_rule(string text, string written) =>
        Assert.Equal(GroupRuleSyntax.Parse(text), GroupRuleSyntax.Parse(written));

    [Theory]
    [InlineData("", "allow or deny is missing at the end")]
    [InlineData("permit tcp a -> b", "begins with 'permit'; allow, deny and reject are known")]
    [InlineData("allow tcp a", "-> or <->, and the side behind it, are missing at the end")]
    [InlineData("allow tcp a b -> c", "'b' is a second network of one side; write one rule for each")]
    [InlineData("allow tcp a 80 -> c", "'80' stands where -> or <-> must")]
    [InlineData("allow tcp a -> b 80-", "'80-' is a second network of one side; write one rule for each")]
    [InlineData("allow tcp a -> b port http", "'http' is not a port such as 80 or a range such as 8000-8100")]
    [InlineData("allow tcp a -> b port", "a port is missing at the end")]
    [InlineData("allow tcp a -> b 80 quickly", "'quickly' is not understood behind the sides: ports, 'source port', 'type', 'log' and 'reject' are")]
    [InlineData("allow tcp 10.1.0.5/24 -> b", "10.1.0.5/24 has host bits; did you mean 10.1.0.0/24?")]
    [InlineData("allow tcp label tier -> b", "'tier' is not a label KEY=VALUE")]
    [InlineData("allow tcp any a -> b", "'any' cannot be together with something particular")]
    public void What_is_wrong_with_a_rule_of_a_policy_is_said(string text, string message) =>
        Assert.Equal(message, Assert.Throws<RuleSyntaxException>(() => PolicyRuleSyntax.Parse(text)).Message);

    [Theory]
    [InlineData("in tcp 80", "begins with 'in'; ingress and egress are known")]
    [InlineData("ingress tcp to 10.0.0.0/8", "'to' is not for ingress: that is from somewhere")]
    [InlineData("egress tcp to web", "'web' is neither a prefix, nor 'group' and a name, nor 'any'")]
    [InlineData("egress tcp to group a to group b", "has two remote sides; write one rule for each")]
    [InlineData("ingress tcp log", "'log' is not understood: ports, 'type' and 'from' are")]
    public void What_is_wrong_with_a_rule_of_a_group_is_said(string text, string message) =>
        Assert.Equal(message, Assert.Throws<RuleSyntaxException>(() => GroupRuleSyntax.Parse(text)).Message);

    static JsonObject Json(Weft.Model.Resources.PolicyRule rule) =>
        (JsonObject)JsonSerializer.SerializeToNode(rule, WeftJson.Default.PolicyRule)!;

    static JsonObject Json(Weft.Model.Resources.SecurityGroupRule rule) =>
        (JsonObject)JsonSerializer.SerializeToNode(rule, WeftJson.Default.SecurityGroupRule)!;
}
