using CsCheck;
using Weft.Model.State;
using Weft.Rules;
using Weft.Rules.Explaining;
using static Weft.Tests.Rules.RuleWorld;

namespace Weft.Tests.Rules;

public sealed class ExplainerTests
{
    readonly RuleWorld _world = new();

    public ExplainerTests()
    {
        foreach (var network in (string[])["p/front", "p/mgmt", "q/other"])
            _world.Network(network);
        _world.Port("web", "p/front", "10.0.0.1");
        _world.Port("log", "p/mgmt", "10.1.0.1", node: 2);
        _world.Port("far", "q/other", "10.2.0.1");
    }

    [Fact]
    public void An_allowed_connection_names_the_rule_and_the_next_hop()
    {
        _world.Policy("p/logs", "p/mgmt", 100, Rule(RuleAction.Allow, _world.End("p/front"), _world.End("p/mgmt"), 17, "514"));
        var explanation = Explain("web", "log", Udp(514));
        Assert.Equal(
            "Allowed by rule 1 (rules[0]) of policy p/logs: allow udp from network front to network mgmt port 514.", explanation.Summary);
        Assert.Equal("n2", explanation.Route.NextHop);
        Assert.Equal([("n1", "allowed"), ("n2", "allowed")], explanation.Nodes.Select(node => (node.Node, node.Verdict)));
        Assert.Empty(explanation.Changes);
    }

    [Fact]
    public void A_denied_connection_says_what_to_add_and_where()
    {
        _world.Policy("p/logs", "p/mgmt", 100, Rule(RuleAction.Allow, _world.End("p/front"), _world.End("p/mgmt"), 17, "514"));
        Assert.Equal(
            ["add to policy logs in project p: allow tcp from network front to network mgmt port 22"],
            Explain("web", "log", Tcp(22)).Changes.Select(change => change.Text));
    }

    [Fact]
    public void A_rule_that_denies_is_named_with_its_place()
    {
        _world.Policy(
            "p/x", "p/mgmt", 100, Rule(RuleAction.Allow, _world.End("p/front"), _world.End("p/mgmt"), 17),
            Rule(RuleAction.Reject, _world.End("p/front"), _world.End("p/mgmt")));
        var explanation = Explain("web", "log", Tcp(22));
        Assert.StartsWith("Rejected by rule 2 (rules[1]) of policy p/x", explanation.Summary, StringComparison.Ordinal);
        Assert.StartsWith("put before rules[1] of policy x", explanation.Changes.Single().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_consent_the_other_project_is_told_what_to_attach()
    {
        _world.Policy("p/x", "p/front", 100, Rule(RuleAction.Allow, _world.End("p/front"), _world.End("q/other")));
        var explanation = Explain("web", "far", Tcp(80));
        Assert.Equal(Verdict.NoRoute, explanation.Verdict);
        Assert.Equal(
            ["attach to network other in project q a policy with: allow tcp from network p/front to network other port 80"],
            explanation.Changes.Select(change => change.Text));
    }

    [Fact]
    public void A_port_that_is_on_no_node_has_no_route()
    {
        _world.Port("log", "p/front", "10.0.0.9", node: 0);
        Assert.Equal("Port p/log is on no node: there is no route to it.", Explain("web", "log", Tcp(22)).Summary);
    }

    [Fact]
    public void Security_groups_are_told_what_they_lack()
    {
        _world.Group("p/g");
        _world.Port("db", "p/front", "10.0.0.2", groups: "p/g");
        Assert.Equal(
            ["add to security group g of port p/db: ingress tcp from 10.0.0.1 port 5432"],
            Explain("web", "db", Tcp(5432)).Changes.Select(change => change.Text));
    }

    [Fact]
    public void The_deciding_gate_is_the_decisions() =>
        Gen.Select(RandomRules.Histories, RandomRules.Packets).Sample((history, packet) =>
        {
            var world = RandomRules.After(history).World;
            var book = world.Book;
            foreach (var from in world.Ports.Values.Where(port => world.Networks.ContainsKey(port.Network)))
            {
                foreach (var to in world.Ports.Values.Where(port => world.Networks.ContainsKey(port.Network)))
                {
                    var decision = Decide(world.Input(), world.Party(from), world.Party(to), packet);
                    var explanation = Explainer.Explain(
                        book, Subject(world, from, "n1"), Subject(world, to, "n2"), packet, uid => uid.ToString());
                    Assert.Equal(decision.Verdict, explanation.Verdict);
                    Assert.Equal(decision.Rule?.Id, explanation.DecidingGate is { } gate ? explanation.Gates[gate].Rule?.Id : null);
                    Assert.Equal(decision.Gates.Count(gate => !gate.Passes), explanation.Changes.Length);
                }
            }
        }, iter: 100);

    static ExplainSubject Subject(RuleWorld world, NodePort port, string? node) =>
        ExplainSubject.Of(port, world.Networks[port.Network], port.Addresses[0], node);

    Explanation Explain(string from, string to, Traffic traffic)
    {
        return Explainer.Explain(
            _world.Book, Of(from), Of(to), traffic, uid => $"{_world.Networks[uid].Project}/{_world.Networks[uid].Name}");

        ExplainSubject Of(string name)
        {
            var port = _world.Ports[_world.Uid(name)];
            return Subject(_world, port, port.NodeNumber == 0 ? null : $"n{port.NodeNumber}");
        }
    }
}
