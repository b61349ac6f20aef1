using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Compiler;

public sealed class PolicyCompileTests
{
    const int Many = 10_000;

    static readonly PolicyEndpoint Front = new() { Network = "front" };
    static readonly PolicyEndpoint Back = new() { Network = "back" };

    static Policy Joining => new() { Name = "p", Networks = ["front"], Rules = [Rule(1) with { From = Front, To = Back }] };

    [Fact]
    public void A_changed_rule_among_ten_thousand_is_one_record()
    {
        var world = WithManyRules(out var policy);
        var deltas = world.Put(WithOneRuleChanged(policy));
        Assert.All(deltas.Values, delta => Assert.Equal((1, 5000u), (delta.Count, Assert.Single(delta.Rules).Key.Id)));
    }

    [Fact]
    public void A_changed_rule_is_told_to_those_who_see_its_policy_and_nobody_else()
    {
        var world = WithManyRules(out var policy);
        var deltas = world.Put(WithOneRuleChanged(policy));
        Assert.Equal(["n1", "n2"], deltas.Keys.Order());
    }

    [Fact]
    public void A_changed_rule_is_one_object_for_all_nodes()
    {
        var world = WithManyRules(out var policy);
        var deltas = world.Put(WithOneRuleChanged(policy));
        Assert.Same(deltas["n1"], deltas["n2"]);
    }

    [Fact]
    public void A_rule_that_is_put_between_others_is_one_rule_and_the_new_order()
    {
        var world = WithManyRules(out var policy);
        var rules = policy.Rules!.ToList();
        rules.Insert(10, Rule(Many + 1));
        var delta = world.Put(policy with { Rules = rules })["n1"];
        Assert.Equal(2, delta.Count);
        Assert.Equal(Many + 1u, Assert.Single(delta.Rules).Key.Id);
        Assert.Equal(Many + 1u, Assert.Single(delta.RuleSets).Order[10]);
    }

    [Fact]
    public void A_removed_rule_is_one_removal_and_the_new_order()
    {
        var world = WithManyRules(out var policy);
        var delta = world.Put(policy with { Rules = [.. policy.Rules!.Where(rule => rule.Id != 7)] })["n1"];
        Assert.Equal(2, delta.Count);
        Assert.Equal(7u, Assert.Single(delta.RemovedRules).Id);
    }

    [Fact]
    public void Joined_networks_see_the_ports_of_each_other()
    {
        var world = SmallWorld.WithTwoNetworks();
        var deltas = world.Put(Joining);
        Assert.Equal("db", Assert.Single(deltas["n1"].Ports).Name);
        Assert.Equal("web", Assert.Single(deltas["n2"].Ports).Name);
    }

    [Fact]
    public void Who_holds_ports_of_joined_networks_is_a_peer()
    {
        var world = SmallWorld.WithTwoNetworks();
        Assert.Equal("n2", Assert.Single(world.Put(Joining)["n1"].Peers).Name);
    }

    [Fact]
    public void Who_has_neither_of_two_joined_networks_is_told_nothing() =>
        Assert.False(SmallWorld.WithTwoNetworks().Put(Joining).ContainsKey("n3"));

    [Fact]
    public void Networks_that_part_take_their_ports_and_peers_along()
    {
        var world = SmallWorld.WithTwoNetworks();
        world.Put(Joining);
        var delta = world.Delete(ResourceKey.Policy("default", "p"))["n1"];
        Assert.Equal(world.Uid(ResourceKey.Port("default", "db")), Assert.Single(delta.RemovedPorts));
        Assert.Equal(2u, Assert.Single(delta.RemovedPeers));
        Assert.Single(delta.RemovedRuleSets);
        Assert.Single(delta.RemovedRules);
        Assert.Equal(4, delta.Count);
    }

    [Fact]
    public void A_second_rule_for_a_joined_pair_is_only_itself()
    {
        var world = SmallWorld.WithTwoNetworks();
        world.Put(Joining);
        var delta = world.Put(Joining with { Rules = [.. Joining.Rules!, Rule(2) with { From = Front, To = Back }] })["n1"];
        Assert.Equal((1, 1, 2), (delta.Rules.Length, delta.RuleSets.Length, delta.Count));
    }

    [Fact]
    public void A_denial_joins_nothing()
    {
        var world = SmallWorld.WithTwoNetworks();
        world.Put(Joining with { Rules = [Rule(1) with { Action = Policy.Deny, From = Front, To = Back }] });
        Assert.DoesNotContain(world.State("n1").Ports.Values, port => port.Name == "db");
    }

    [Fact]
    public void A_rule_waits_for_the_network_that_it_names()
    {
        var world = SmallWorld.WithTwoNetworks();
        world.Put(Joining with { Rules = [Rule(1) with { From = Front, To = new() { Network = "late" } }] });
        Assert.Equal(RuleEndpoint.Nobody, Assert.Single(world.State("n1").Rules.Values).Spec.To);
        var delta = world.Put(new Network { Name = "late", Vni = 3 })["n1"];
        Assert.Equal(world.Uid(ResourceKey.Network("default", "late")), Assert.Single(delta.Rules).Spec.To.Network);
    }

    [Fact]
    public void Networks_of_two_projects_are_joined_when_both_say_so()
    {
        var world = SmallWorld.WithTwoNetworks();
        world.Put(new Network { Name = "front", Project = "other", Vni = 3 });
        world.Put(new Port { Name = "guest", Network = "front", Project = "other", Node = "n3" });
        world.Put(Joining with { Rules = [Rule(1) with { From = Front, To = new() { Network = "other/front" } }] });
        Assert.Single(world.State("n1").Ports);
        world.Put(new Policy
        {
            Name = "p",
            Project = "other",
            Networks = ["front"],
            Rules = [Rule(1) with { From = new() { Network = "default/front" }, To = Front }],
        });
        Assert.Equal(["guest", "web"], world.State("n1").Ports.Values.Select(port => port.Name).Order());
    }

    [Fact]
    public void A_group_comes_with_the_first_port_that_has_it_and_goes_with_the_last()
    {
        var world = SmallWorld.WithTwoNetworks();
        world.Put(new SecurityGroup { Name = "g", Rules = [new() { Id = 1, Direction = SecurityGroup.Ingress }] });
        var web = world.Snapshot.Find<Port>(ResourceKey.Port("default", "web"))!;
        var came = world.Put(web with { SecurityGroups = ["g"] })["n1"];
        Assert.Equal("g", Assert.Single(came.RuleSets).Name);
        Assert.Equal(came.RuleSets[0].Uid, Assert.Single(Assert.Single(came.Ports).Groups));
        var left = world.Put(web with { SecurityGroups = [] })["n1"];
        Assert.Equal(came.RuleSets[0].Uid, Assert.Single(left.RemovedRuleSets));
    }

    static SmallWorld WithManyRules(out Policy policy)
    {
        var world = SmallWorld.WithTwoNetworks();
        policy = new()
        {
            Name = "p",
            Networks = ["front", "back"],
            Rules =
            [
                .. Enumerable.Range(1, Many).Select(id =>
                    Rule((uint)id) with { Protocol = "tcp", Ports = [new((ushort)id, (ushort)id)] }),
            ],
        };
        world.Put(policy);
        return world;
    }

    static Policy WithOneRuleChanged(Policy policy) =>
        policy with { Rules = [.. policy.Rules!.Select(rule => rule.Id == 5000 ? rule with { Log = true } : rule)] };

    static PolicyRule Rule(uint id) => new() { Id = id, Action = Policy.Allow };
}
