using Weft.Model.State;
using Weft.Rules;
using static Weft.Tests.Rules.RuleWorld;

namespace Weft.Tests.Rules;

/// <summary>What rules mean, by example; each holds for the reference evaluator and for compiled tables alike.</summary>
public sealed class RuleMeaningTests
{
    const RuleAction Allow = RuleAction.Allow;
    const RuleAction Deny = RuleAction.Deny;

    readonly RuleWorld _world = new();

    public RuleMeaningTests()
    {
        foreach (var network in (string[])["p/front", "p/mgmt", "q/other"])
            _world.Network(network);
        _world.Port("web", "p/front", "10.0.0.1 fd00::1", "role=web");
        _world.Port("db", "p/front", "10.0.0.2 fd00::2", "role=db");
        _world.Port("log", "p/mgmt", "10.1.0.1 fd01::1");
        _world.Port("far", "q/other", "10.2.0.1 fd02::1");
    }

    [Fact]
    public void Inside_a_network_everything_may_talk() => Expect("web", "db", Tcp(22), Verdict.Allowed);

    [Fact]
    public void Between_networks_there_is_no_route_without_a_policy() => Expect("web", "log", Tcp(22), Verdict.NoRoute);

    [Fact]
    public void The_front_end_may_log_and_not_open_ssh()
    {
        _world.Policy("p/logs", "p/mgmt", 100, Rule(Allow, _world.End("p/front"), _world.End("p/mgmt"), 17, "514"));
        Expect("web", "log", Udp(514), Verdict.Allowed, "p/logs", 1);
        Expect("web", "log", Tcp(22), Verdict.Denied);
        Expect("web", "log", Tcp(514), Verdict.Denied);
    }

    [Fact]
    public void A_one_way_rule_is_one_way()
    {
        _world.Policy("p/x", "p/front", 100, Rule(Allow, _world.End("p/front"), _world.End("p/mgmt")));
        Expect("web", "log", Tcp(80), Verdict.Allowed, "p/x", 1);
        Expect("log", "web", Tcp(80), Verdict.Denied);
    }

    [Fact]
    public void A_rule_both_ways_lets_either_side_open_to_its_ports()
    {
        _world.Policy("p/x", "p/front", 100, Rule(
            Allow, _world.End("p/front"), _world.End("p/mgmt"), 6, "80", direction: RuleDirection.BothWays));
        Expect("web", "log", Tcp(80), Verdict.Allowed, "p/x", 1);
        Expect("log", "web", Tcp(80), Verdict.Allowed, "p/x", 1);
        Expect("log", "web", Tcp(40000, 80), Verdict.Denied);
    }

    [Fact]
    public void Without_a_network_an_end_means_those_that_the_policy_is_attached_to()
    {
        _world.Policy("p/x", "p/front", 100, Rule(Allow, _world.End(), _world.End("p/mgmt")), Rule(Allow, _world.End(), _world.End()));
        Expect("web", "log", Tcp(80), Verdict.Allowed, "p/x", 1);
        Expect("log", "web", Tcp(80), Verdict.Denied);
    }

    [Fact]
    public void A_policy_of_two_networks_joins_them_without_naming_them()
    {
        _world.Policy("p/x", "p/front p/mgmt", 100, Rule(Allow, _world.End(), _world.End(), 1));
        Expect("web", "log", Icmp(), Verdict.Allowed, "p/x", 1);
        Expect("log", "web", Icmp(), Verdict.Allowed, "p/x", 1);
        Expect("log", "web", Tcp(80), Verdict.Denied);
    }

    [Fact]
    public void A_policy_that_is_attached_to_neither_network_says_nothing()
    {
        _world.Network("p/third");
        _world.Policy("p/x", "p/third", 100, Rule(Allow, _world.End("p/front"), _world.End("p/mgmt")));
        Expect("web", "log", Tcp(80), Verdict.NoRoute);
    }

    [Fact]
    public void Rules_about_a_network_and_itself_have_no_effect()
    {
        _world.Policy("p/x", "p/front", 1, Rule(Deny, _world.End("p/front"), _world.End("p/front")));
        Expect("web", "db", Tcp(22), Verdict.Allowed);
    }

    [Fact]
    public void One_projects_word_does_not_join_the_others_network()
    {
        _world.Policy("p/x", "p/front", 100, Rule(Allow, _world.End("p/front"), _world.End("q/other"), direction: RuleDirection.BothWays));
        Expect("web", "far", Tcp(80), Verdict.NoRoute);
        Expect("far", "web", Tcp(80), Verdict.NoRoute);
    }

    [Fact]
    public void Across_projects_both_have_to_allow()
    {
        _world.Policy("p/x", "p/front", 100, Rule(Allow, _world.End("p/front"), _world.End("q/other"), 6, "1-100"));
        _world.Policy("q/y", "q/other", 100, Rule(Allow, _world.End("p/front"), _world.End("q/other"), 6, "80-200"));
        Expect("web", "far", Tcp(80), Verdict.Allowed, "p/x", 1);
        Expect("web", "far", Tcp(79), Verdict.Denied);
        Expect("web", "far", Tcp(101), Verdict.Denied);
        Assert.Equal("q", _world.Decide("web", "far", Tcp(79)).Deciding!.Project);
    }

    [Fact]
    public void Of_two_projects_rules_the_one_that_logs_is_named()
    {
        _world.Policy("p/x", "p/front", 100, Rule(Allow, _world.End("p/front"), _world.End("q/other")));
        _world.Policy("q/y", "q/other", 100, Rule(Allow, _world.End("p/front"), _world.End("q/other"), log: true));
        Expect("web", "far", Tcp(80), Verdict.Allowed, "q/y", 1);
    }

    [Fact]
    public void The_first_rule_that_fits_decides()
    {
        _world.Policy(
            "p/x", "p/front", 100,
            Rule(Deny, _world.End("p/front"), _world.End("p/mgmt"), 6, "22"),
            Rule(Allow, _world.End("p/front"), _world.End("p/mgmt"), 6),
            Rule(Deny, _world.End("p/front"), _world.End("p/mgmt"), 6, "80"));
        Expect("web", "log", Tcp(22), Verdict.Denied, "p/x", 1);
        Expect("web", "log", Tcp(80), Verdict.Allowed, "p/x", 2);
    }

    [Fact]
    public void A_policy_of_lower_priority_is_asked_first()
    {
        _world.Policy("p/a", "p/front", 200, Rule(Deny, _world.End("p/front"), _world.End("p/mgmt")));
        _world.Policy("p/z", "p/mgmt", 100, Rule(Allow, _world.End("p/front"), _world.End("p/mgmt"), 6, "80"));
        Expect("web", "log", Tcp(80), Verdict.Allowed, "p/z", 1);
        Expect("web", "log", Tcp(81), Verdict.Denied, "p/a", 1);
    }

    [Fact]
    public void Policies_of_one_priority_are_asked_by_name()
    {
        _world.Policy("p/z", "p/front", 100, Rule(Deny, _world.End("p/front"), _world.End("p/mgmt")));
        _world.Policy("p/a", "p/mgmt", 100, Rule(Allow, _world.End("p/front"), _world.End("p/mgmt")));
        Expect("web", "log", Tcp(80), Verdict.Allowed, "p/a", 1);
    }

    [Fact]
    public void A_prefix_narrows_a_rule_to_its_addresses()
    {
        _world.Policy("p/x", "p/front", 100, Rule(Allow, _world.End("p/front", "10.0.0.2/31"), _world.End("p/mgmt")));
        Expect("db", "log", Tcp(80), Verdict.Allowed, "p/x", 1);
        Expect("web", "log", Tcp(80), Verdict.Denied);
        Expect("db", "log", Tcp(80), Verdict.Denied, address: 1);
    }

    [Fact]
    public void Labels_narrow_a_rule_to_the_ports_that_have_them_all()
    {
        _world.Policy("p/x", "p/front", 100, Rule(Allow, _world.End("p/front", labels: "role=web"), _world.End("p/mgmt")));
        Expect("web", "log", Tcp(80), Verdict.Allowed, "p/x", 1);
        Expect("db", "log", Tcp(80), Verdict.Denied);
    }

    [Theory]
    [InlineData("0", 0, 1)]
    [InlineData("65535", 65535, 65534)]
    [InlineData("1-65534", 1, 0)]
    [InlineData("1-65534", 65534, 65535)]
    [InlineData("80 443", 443, 444)]
    [InlineData("1000-1999", 1999, 2000)]
    public void A_range_holds_to_its_edges(string ports, ushort inside, ushort outside)
    {
        _world.Policy("p/x", "p/front", 100, Rule(Allow, _world.End("p/front"), _world.End("p/mgmt"), 6, ports));
        Expect("web", "log", Tcp(inside), Verdict.Allowed, "p/x", 1);
        Expect("web", "log", Tcp(outside), Verdict.Denied);
    }

    [Fact]
    public void Source_ports_narrow_a_rule()
    {
        _world.Policy(
            "p/x", "p/front", 100,
            Rule(Deny, _world.End("p/front"), _world.End("p/mgmt"), 6, sourcePorts: "1000-1999"),
            Rule(Allow, _world.End("p/front"), _world.End("p/mgmt"), 6, "80"));
        Expect("web", "log", Tcp(80, 999), Verdict.Allowed, "p/x", 2);
        Expect("web", "log", Tcp(80, 1000), Verdict.Denied, "p/x", 1);
        Expect("web", "log", Tcp(80, 2000), Verdict.Allowed, "p/x", 2);
        Expect("web", "log", Tcp(81, 2000), Verdict.Denied);
    }

    [Fact]
    public void A_rule_of_any_protocol_stands_in_line_with_those_of_one()
    {
        _world.Policy(
            "p/x", "p/front", 100,
            Rule(Deny, _world.End("p/front"), _world.End("p/mgmt"), 17, "53"),
            Rule(Allow, _world.End("p/front"), _world.End("p/mgmt")),
            Rule(Deny, _world.End("p/front"), _world.End("p/mgmt"), 1));
        Expect("web", "log", Udp(53), Verdict.Denied, "p/x", 1);
        Expect("web", "log", Udp(54), Verdict.Allowed, "p/x", 2);
        Expect("web", "log", Icmp(), Verdict.Allowed, "p/x", 2);
        Expect("web", "log", new(47, 0, 0, 0), Verdict.Allowed, "p/x", 2);
    }

    [Fact]
    public void Icmp_is_told_apart_by_type()
    {
        _world.Policy("p/x", "p/front", 100, Rule(Allow, _world.End("p/front"), _world.End("p/mgmt"), 1, types: "8"));
        Expect("web", "log", Icmp(8), Verdict.Allowed, "p/x", 1);
        Expect("web", "log", Icmp(0), Verdict.Denied);
    }

    [Fact]
    public void A_rejecting_rule_tells_the_sender()
    {
        _world.Policy(
            "p/x", "p/front", 100,
            Rule(RuleAction.Reject, _world.End("p/front"), _world.End("p/mgmt"), 6, "22"), Rule(Allow, _world.End("p/front"), _world.End("p/mgmt")));
        Expect("web", "log", Tcp(22), Verdict.Denied, "p/x", 1);
        Assert.True(_world.Decide("web", "log", Tcp(22)).Reject);
    }

    [Fact]
    public void A_port_with_a_group_accepts_only_what_a_rule_of_it_allows()
    {
        _world.Group("p/g", Group(RuleDirection.Ingress, 6, "80"));
        _world.Port("db", "p/front", "10.0.0.2 fd00::2", groups: "p/g");
        Expect("web", "db", Tcp(80), Verdict.Allowed, "p/g", 1);
        Expect("web", "db", Tcp(81), Verdict.Denied);
        Expect("db", "web", Tcp(80), Verdict.Denied);
    }

    [Fact]
    public void A_port_with_a_group_opens_only_what_a_rule_of_it_allows()
    {
        _world.Group("p/g", Group(RuleDirection.Egress, 17, "53"));
        _world.Port("web", "p/front", "10.0.0.1 fd00::1", groups: "p/g");
        Expect("web", "db", Udp(53), Verdict.Allowed, "p/g", 1);
        Expect("web", "db", Tcp(53), Verdict.Denied);
    }

    [Fact]
    public void Rules_of_all_groups_of_a_port_count()
    {
        _world.Group("p/g", Group(RuleDirection.Ingress, 6, "80"));
        _world.Group("p/h", Group(RuleDirection.Ingress, 6, "81"));
        _world.Port("db", "p/front", "10.0.0.2 fd00::2", groups: "p/g p/h");
        Expect("web", "db", Tcp(80), Verdict.Allowed, "p/g", 1);
        Expect("web", "db", Tcp(81), Verdict.Allowed, "p/h", 1);
    }

    [Fact]
    public void A_remote_group_is_the_ports_that_have_it()
    {
        _world.Group("p/clients");
        _world.Group("p/g", Group(RuleDirection.Ingress, 6, "80", _world.End(group: "p/clients")));
        _world.Port("db", "p/front", "10.0.0.2 fd00::2", groups: "p/g");
        Expect("web", "db", Tcp(80), Verdict.Denied);
        _world.Group("p/clients", Group(RuleDirection.Egress));
        _world.Port("web", "p/front", "10.0.0.1 fd00::1", groups: "p/clients");
        Expect("web", "db", Tcp(80), Verdict.Allowed, "p/g", 1);
    }

    [Fact]
    public void Groups_join_nothing()
    {
        _world.Group("p/g", Group(RuleDirection.Ingress), Group(RuleDirection.Egress));
        _world.Port("log", "p/mgmt", "10.1.0.1 fd01::1", groups: "p/g");
        Expect("web", "log", Tcp(80), Verdict.NoRoute);
    }

    [Fact]
    public void Policy_and_groups_have_to_allow()
    {
        _world.Policy("p/x", "p/front", 100, Rule(Allow, _world.End("p/front"), _world.End("p/mgmt"), 6, "80-81"));
        _world.Group("p/g", Group(RuleDirection.Ingress, 6, "81-82"));
        _world.Port("log", "p/mgmt", "10.1.0.1 fd01::1", groups: "p/g");
        Expect("web", "log", Tcp(81), Verdict.Allowed, "p/x", 1);
        Expect("web", "log", Tcp(80), Verdict.Denied);
        Expect("web", "log", Tcp(82), Verdict.Denied);
        Assert.Equal(DenyReason.GroupDenied, _world.Decide("web", "log", Tcp(80)).Reason);
        Assert.Equal(DenyReason.PolicyNoRule, _world.Decide("web", "log", Tcp(82)).Reason);
    }

    [Fact]
    public void A_group_can_end_a_rule_of_a_policy()
    {
        _world.Group("p/g", Group(RuleDirection.Egress));
        _world.Port("web", "p/front", "10.0.0.1 fd00::1", groups: "p/g");
        _world.Policy("p/x", "p/front", 100, Rule(Allow, _world.End("p/front", group: "p/g"), _world.End("p/mgmt")));
        Expect("web", "log", Tcp(80), Verdict.Allowed, "p/x", 1);
        Expect("db", "log", Tcp(80), Verdict.Denied);
    }

    static RuleSpec Group(RuleDirection direction, byte? protocol = null, string ports = "", RuleEndpoint? remote = null) => Rule(
        Allow, direction == RuleDirection.Ingress ? remote ?? RuleEndpoint.Any : RuleEndpoint.Any,
        direction == RuleDirection.Egress ? remote ?? RuleEndpoint.Any : RuleEndpoint.Any, protocol, ports, direction: direction);

    void Expect(string from, string to, Traffic traffic, Verdict verdict, string? set = null, uint rule = 0, int address = 0)
    {
        var decision = _world.Decide(from, to, traffic, address);
        Assert.Equal((verdict, set, rule), (
            decision.Verdict, decision.Rule is { } decided ? $"{decided.Set.Project}/{decided.Set.Name}" : null, decision.Rule?.Id ?? 0));
        var (one, other) = (_world.Ports[_world.Uid(from)], _world.Ports[_world.Uid(to)]);
        Assert.Equal(TableReader.Expected(decision), new TableReader(RuleTablesTests.Compiled(_world.Input())).Ask(
            one.Uid, one.Addresses[address], one.Network, other.Uid, other.Addresses[address], other.Network, traffic));
    }
}
