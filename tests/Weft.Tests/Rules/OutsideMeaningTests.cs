using System.Net;
using Weft.Model.State;
using Weft.Rules;
using static Weft.Tests.Rules.RuleWorld;

namespace Weft.Tests.Rules;

/// <summary>What rules mean towards and from outside, by example; each holds for the reference evaluator and for compiled tables alike.</summary>
public sealed class OutsideMeaningTests
{
    const RuleAction Allow = RuleAction.Allow;
    const RuleAction Deny = RuleAction.Deny;
    const string Friend = "203.0.113.5", Stranger = "198.51.100.9", FarFriend = "2001:db8::5";

    readonly RuleWorld _world = new();

    public OutsideMeaningTests()
    {
        _world.External("lab", isDefault: true);
        _world.External("other");
        _world.Network("p/front");
        _world.Network("q/back");
        _world.Gateways("p/front", "lab");
        _world.Port("web", "p/front", "10.0.0.1 fd00::1", "role=web");
        _world.Port("db", "p/front", "10.0.0.2 fd00::2");
        _world.Port("shut", "q/back", "10.1.0.1");
    }

    [Fact]
    public void The_way_out_is_the_permission()
    {
        Expect("web", Friend, Tcp(443), outwards: true, Verdict.Allowed);
        Expect("web", FarFriend, Tcp(443), outwards: true, Verdict.Allowed);
    }

    [Fact]
    public void Without_a_way_out_there_is_no_route()
    {
        Expect("shut", Friend, Tcp(443), outwards: true, Verdict.NoRoute);
        Expect("web", Friend, Tcp(443), outwards: true, Verdict.NoRoute, external: "other");
    }

    [Fact]
    public void Nobody_gets_in_whom_no_rule_lets_in() => Expect("web", Friend, Tcp(443), outwards: false, Verdict.Denied);

    [Fact]
    public void Publishing_is_the_permission()
    {
        Expect("web", Friend, Tcp(443), outwards: false, Verdict.Allowed, published: true);
        _world.Policy("p/x", "p/front", 100, Rule(Deny, _world.End("lab", "203.0.113.0/24"), _world.End()));
        Expect("web", Friend, Tcp(443), outwards: false, Verdict.Denied, "p/x", 1, published: true);
        Expect("web", Stranger, Tcp(443), outwards: false, Verdict.Allowed, published: true);
    }

    [Fact]
    public void A_published_port_joins_its_network_to_the_default_external_network()
    {
        _world.Publish("shut", 8080, 80);
        Expect("shut", Friend, Tcp(80), outwards: false, Verdict.Allowed, published: true);
        Expect("shut", Friend, Tcp(80), outwards: false, Verdict.NoRoute, external: "other", published: true);
    }

    [Fact]
    public void A_rule_lets_in_whom_it_names()
    {
        _world.Policy("p/x", "p/front", 100, Rule(Allow, _world.End("lab", "203.0.113.0/24"), _world.End(labels: "role=web"), 6, "443"));
        Expect("web", Friend, Tcp(443), outwards: false, Verdict.Allowed, "p/x", 1);
        Expect("web", Friend, Tcp(80), outwards: false, Verdict.Denied);
        Expect("web", Stranger, Tcp(443), outwards: false, Verdict.Denied);
        Expect("db", Friend, Tcp(443), outwards: false, Verdict.Denied);
    }

    [Fact]
    public void A_rule_keeps_in_what_it_names()
    {
        _world.Policy("p/x", "p/front", 100, Rule(Allow, _world.End(), _world.End("lab", "203.0.113.5/32")), Rule(Deny, _world.End(), _world.End("lab", "0.0.0.0/0")));
        Expect("web", Friend, Tcp(25), outwards: true, Verdict.Allowed, "p/x", 1);
        Expect("web", Stranger, Tcp(25), outwards: true, Verdict.Denied, "p/x", 2);
        Expect("web", FarFriend, Tcp(25), outwards: true, Verdict.Allowed);
    }

    [Fact]
    public void The_longest_prefix_holds_all_shorter_ones()
    {
        _world.Policy(
            "p/x", "p/front", 100, Rule(Deny, _world.End(), _world.End("lab", "203.0.113.0/29"), 6, "25"),
            Rule(Allow, _world.End(), _world.End("lab", "203.0.0.0/16"), 6, "26"), Rule(Deny, _world.End(), _world.End("lab"), 6));
        Expect("web", Friend, Tcp(25), outwards: true, Verdict.Denied, "p/x", 1);
        Expect("web", Friend, Tcp(26), outwards: true, Verdict.Allowed, "p/x", 2);
        Expect("web", "203.0.113.8", Tcp(25), outwards: true, Verdict.Denied, "p/x", 3);
        Expect("web", "203.0.113.8", Udp(25), outwards: true, Verdict.Allowed);
    }

    [Fact]
    public void Rules_about_networks_say_nothing_about_outside()
    {
        _world.Policy("p/x", "p/front", 100, Rule(Allow, _world.End(), _world.End(), direction: RuleDirection.BothWays));
        Expect("web", Friend, Tcp(443), outwards: false, Verdict.Denied);
    }

    [Fact]
    public void Security_groups_are_asked_as_always()
    {
        _world.Group("p/g", Rule(Allow, _world.End(prefix: "203.0.113.0/24"), RuleEndpoint.Any, 6, "443", direction: RuleDirection.Ingress),
            Rule(Allow, RuleEndpoint.Any, _world.End(prefix: "203.0.113.0/24"), direction: RuleDirection.Egress));
        _world.Port("web", "p/front", "10.0.0.1", groups: "p/g");
        Expect("web", Friend, Tcp(25), outwards: true, Verdict.Allowed);
        Expect("web", Stranger, Tcp(25), outwards: true, Verdict.Denied);
        Expect("web", Friend, Tcp(443), outwards: false, Verdict.Denied);
        Expect("web", Friend, Tcp(443), outwards: false, Verdict.Allowed, published: true);
        Expect("web", Friend, Tcp(80), outwards: false, Verdict.Denied, published: true);
        Assert.Equal(DenyReason.GroupDenied, Decide("web", Friend, Tcp(80), outwards: false, published: false).Reason);
        Assert.Equal(DenyReason.PolicyNoRule, Decide("web", Friend, Tcp(443), outwards: false, published: false).Reason);
    }

    [Fact]
    public void A_group_without_rules_lets_nothing_out()
    {
        _world.Group("p/g");
        _world.Port("web", "p/front", "10.0.0.1", groups: "p/g");
        Expect("web", Friend, Tcp(25), outwards: true, Verdict.Denied);
        Assert.Equal(DenyReason.GroupDenied, Decide("web", Friend, Tcp(25), outwards: true, published: false).Reason);
    }

    [Fact]
    public void Other_projects_policies_are_not_asked()
    {
        _world.Policy("q/x", "q/back", 1, Rule(Deny, _world.End("p/front"), _world.End("lab")));
        Expect("web", Friend, Tcp(443), outwards: true, Verdict.Allowed);
    }

    Decision Decide(string port, string outside, Traffic traffic, bool outwards, bool published, string external = "lab")
    {
        var other = _world.Outside(external, outside);
        var own = Party(_world.Input(), _world.Ports[_world.Uid(port)], AddressLike(port, other.Address));
        return outwards ? _world.Decide(own, other, traffic) : _world.Decide(other, own, traffic, published);
    }

    IPAddress AddressLike(string port, IPAddress outside) =>
        _world.Ports[_world.Uid(port)].Addresses.First(address => address.AddressFamily == outside.AddressFamily);

    void Expect(
        string port, string outside, Traffic traffic, bool outwards, Verdict verdict, string? set = null, uint rule = 0,
        string external = "lab", bool published = false)
    {
        var decision = Decide(port, outside, traffic, outwards, published, external);
        Assert.Equal((verdict, set, rule), (
            decision.Verdict, decision.Rule is { } decided ? $"{decided.Set.Project}/{decided.Set.Name}" : null, decision.Rule?.Id ?? 0));
        var (own, other) = (_world.Ports[_world.Uid(port)], IPAddress.Parse(outside));
        Assert.Equal(TableReader.Expected(decision), new TableReader(RuleTablesTests.Compiled(_world.Input())).AskOutside(
            own.Uid, AddressLike(port, other), own.Network, _world.Uid(external), other, outwards, traffic));
    }
}
