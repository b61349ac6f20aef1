using System.Net;
using Weft.Model.State;
using Weft.Rules;
using Weft.Rules.Explaining;
using static Weft.Tests.Rules.RuleWorld;

namespace Weft.Tests.Rules;

public sealed class OutsideExplainerTests
{
    static readonly IPAddress Client = IPAddress.Parse("203.0.113.5");

    readonly RuleWorld _world = new();

    public OutsideExplainerTests()
    {
        _world.External("lab", isDefault: true);
        _world.External("other");
        _world.Network("p/front");
        _world.Gateways("p/front", "lab", "other");
        _world.Port("web", "p/front", "10.0.0.1");
    }

    [Fact]
    public void Outwards_the_way_out_allows()
    {
        var explanation = Out("lab", Tcp(443));
        Assert.Equal("Allowed: no rule fits, and network p/front has a way out to external network lab.", explanation.Summary);
        Assert.Equal(("outside", "out to external network lab by node n1"), (explanation.Route.Kind, explanation.Route.Text));
        Assert.Empty(explanation.Changes);
    }

    [Fact]
    public void The_second_way_out_leads_to_its_own_subnets_only()
    {
        Assert.Equal(
            "No route: the way out of network p/front to external network other leads to its subnets only, and 203.0.113.5 is in none of them.",
            Out("other", Tcp(443)).Summary);
    }

    [Fact]
    public void Without_a_way_out_one_is_advised()
    {
        _world.Gateways("p/front");
        var explanation = Out("lab", Tcp(443));
        Assert.Equal(Verdict.NoRoute, explanation.Verdict);
        Assert.Equal(
            ["give network front in project p an external gateway to external network lab"], explanation.Changes.Select(change => change.Text));
    }

    [Fact]
    public void A_rule_that_keeps_in_is_named()
    {
        _world.Policy("p/x", "p/front", 100, Rule(RuleAction.Deny, _world.End(), _world.End("lab", "203.0.113.0/24"), 6, "25"));
        Assert.Equal(
            "Denied by rule 1 (rules[0]) of policy p/x: deny tcp from any to external network lab 203.0.113.0/24 port 25.", Out("lab", Tcp(25)).Summary);
    }

    [Fact]
    public void From_outside_something_must_lead_in()
    {
        var explanation = In(Tcp(80));
        Assert.Equal(Verdict.NoRoute, explanation.Verdict);
        Assert.Equal("bind a floating IP of external network lab to port web, or publish its port", explanation.Changes[0].Text);
    }

    [Fact]
    public void By_a_floating_IP_a_rule_must_allow()
    {
        var explanation = In(Tcp(80), Floating());
        Assert.Equal("Denied: no rule of the policies of project p fits.", explanation.Summary);
        Assert.Equal(
            ["attach to network front in project p a policy with: allow tcp from external network lab to network front port 80"],
            explanation.Changes.Select(change => change.Text));
        _world.Policy("p/x", "p/front", 100, Rule(RuleAction.Allow, _world.End("lab"), _world.End(), 6, "80"));
        explanation = In(Tcp(80), Floating());
        Assert.Equal("Allowed by rule 1 (rules[0]) of policy p/x: allow tcp from external network lab to any port 80.", explanation.Summary);
        Assert.Equal("in from external network lab by floating IP 192.0.2.7; delivered on node n1", explanation.Route.Text);
    }

    [Fact]
    public void A_mapping_leads_to_its_own_port_only()
    {
        var mapped = Floating() with { Mappings = [new(6, new(8000, 8010), 80)] };
        Assert.Equal(Verdict.NoRoute, In(Tcp(79), mapped).Verdict);
        Assert.Equal(Verdict.Denied, In(Tcp(90), mapped).Verdict);
        Assert.Equal(Verdict.NoRoute, In(Tcp(91), mapped).Verdict);
        Assert.Equal(Verdict.NoRoute, In(Udp(80), mapped).Verdict);
    }

    [Fact]
    public void Publishing_allows_and_says_by_which_port()
    {
        _world.Publish("web", 8080, 80);
        var explanation = In(Tcp(80));
        Assert.Equal("Allowed: no rule fits, and it comes by port 8080 of node n1, which lets in what no rule mentions.", explanation.Summary);
        Assert.Equal([("n1", "receiver", "allowed")], explanation.Nodes.Select(node => (node.Node, node.Role, node.Verdict)));
    }

    [Fact]
    public void An_open_mapping_allows_as_publishing_does()
    {
        var open = Floating() with { Mappings = [new(6, new(8000, 8010), 80)], Open = true };
        Assert.Equal("Allowed: no rule fits, and it comes by floating IP 192.0.2.7, which lets in what no rule mentions.", In(Tcp(85), open).Summary);
    }

    [Fact]
    public void Floating_IPs_of_others_are_no_way_out()
    {
        var network = _world.Networks[_world.Uid("p/front")];
        _world.Networks = _world.Networks.SetItem(network.Uid, network with { Gateways = [new(_world.Uid("lab"), []) { FloatingOnly = true }] });
        Assert.Equal(Verdict.NoRoute, Out("lab", Tcp(443)).Verdict);
        Assert.StartsWith("Nothing says what port web is outside", Out("lab", Tcp(443)).Summary, StringComparison.Ordinal);
    }

    NodeFloating Floating() => new(
        _world.Uid("f"), "p", "f", _world.Uid("lab"), IPAddress.Parse("192.0.2.7"), 1, _world.Uid("web"), null, _world.Uid("p/front"),
        IPAddress.Parse("10.0.0.1"), []);

    Explanation Out(string external, Traffic traffic) => Explain(Web(), ExplainSubject.Outside(_world.Externals[_world.Uid(external)], Client), traffic);

    Explanation In(Traffic traffic, params NodeFloating[] floatings) =>
        Explain(ExplainSubject.Outside(_world.Externals[_world.Uid("lab")], Client), Web() with { Floatings = [.. floatings] }, traffic);

    ExplainSubject Web()
    {
        var port = _world.Ports[_world.Uid("web")];
        return ExplainSubject.Of(port, _world.Networks[port.Network], port.Addresses[0], "n1");
    }

    Explanation Explain(ExplainSubject from, ExplainSubject to, Traffic traffic) => Explainer.Explain(
        _world.Book, from, to, traffic, uid => $"{_world.Networks[uid].Project}/{_world.Networks[uid].Name}");
}
