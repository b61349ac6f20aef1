using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;

namespace Weft.Tests.Server;

/// <summary>Networks that are joined must not overlap, whichever write would make it so.</summary>
public sealed class JoinTests : IAsyncLifetime
{
    TestCluster test = null!;

    public async ValueTask InitializeAsync()
    {
        test = await TestCluster.StartAsync();
        await test.Made(new Project { Name = "shop" });
        await test.MadeNetwork("front", "10.1.0.0/24");
        await test.MadeNetwork("back", "10.2.0.0/24");
        await test.MadeNetwork("twin", "10.1.0.128/25");
        await test.Made(new Network { Project = "shop", Name = "far", Subnets = [Subnet("10.1.0.0/16")] });
    }

    public ValueTask DisposeAsync() => test.DisposeAsync();

    static Subnet Subnet(string prefix) => new() { Prefix = IPNetwork.Parse(prefix) };

    static Policy Between(string from, string to, string project, params string[] networks) => new()
    {
        Project = project,
        Name = "p",
        Networks = networks,
        Rules = [new() { Action = Policy.Deny, From = new() { Network = from }, To = new() { Network = to } }, Allow(from, to)],
    };

    static PolicyRule Allow(string? from, string? to) => new()
    {
        Action = Policy.Allow,
        From = from is null ? null : new() { Network = from },
        To = to is null ? null : new() { Network = to },
    };

    async Task<string> Refused(Resource document) => Assert.IsType<Outcome.Conflict>(await test.Put(document)).Describe();

    [Fact]
    public async Task A_policy_that_joins_overlapping_networks_is_refused_by_name() => Assert.Equal(
        "rules[1]: joins network front (project default) and network twin (project default), which overlap: 10.1.0.0/24 and 10.1.0.128/25",
        await Refused(Between("front", "twin", "default", "front")));

    [Fact]
    public async Task Attaching_to_one_more_network_joins_those_that_no_rule_names()
    {
        var policy = new Policy { Name = "p", Networks = ["front", "back"], Rules = [Allow(null, null)] };
        await test.Made(policy);

        Assert.Contains("twin", await Refused(policy with { Networks = ["front", "back", "twin"] }));
    }

    [Fact]
    public async Task A_new_subnet_of_a_joined_network_is_refused_with_the_policy()
    {
        await test.Made(Between("front", "back", "default", "front"));

        Assert.Equal(
            "subnets[1].prefix: 10.1.0.0/25 overlaps 10.1.0.0/24 of network front (project default), to which policy p joins it",
            await Refused(new Network { Name = "back", Subnets = [Subnet("10.2.0.0/24"), Subnet("10.1.0.0/25")] }));
    }

    [Fact]
    public async Task A_new_subnet_beside_what_is_joined_is_let_in()
    {
        await test.Made(Between("front", "back", "default", "front"));

        Assert.IsType<Outcome.Committed>(await test.Put(
            new Network { Name = "back", Subnets = [Subnet("10.2.0.0/24"), Subnet("10.3.0.0/24")] }));
    }

    [Fact]
    public async Task Across_projects_nothing_is_joined_until_both_agree()
    {
        Assert.IsType<Outcome.Committed>(await test.Put(Between("front", "shop/far", "default", "front")));

        Assert.Contains("front", await Refused(Between("default/front", "far", "shop", "far")));
    }

    [Fact]
    public async Task A_policy_that_is_attached_to_neither_side_joins_nothing() =>
        Assert.IsType<Outcome.Committed>(await test.Put(Between("front", "twin", "default", "back")));

    [Fact]
    public async Task What_denies_joins_nothing()
    {
        var policy = Between("front", "twin", "default", "front");

        Assert.IsType<Outcome.Committed>(await test.Put(policy with { Rules = [policy.Rules![1] with { Action = Policy.Deny }] }));
    }

    [Fact]
    public async Task Networks_may_overlap_again_when_the_policy_is_gone()
    {
        await test.Made(Between("front", "back", "default", "front"));
        await test.Delete(ResourceKey.Policy("default", "p"));

        Assert.IsType<Outcome.Committed>(await test.Put(
            new Network { Name = "back", Subnets = [Subnet("10.2.0.0/24"), Subnet("10.1.0.0/25")] }));
    }

    [Fact]
    public async Task Two_networks_that_a_third_is_joined_to_must_not_overlap_either()
    {
        await test.Made(Between("front", "back", "default", "back"));

        Assert.Equal(
            "rules[0]: joins network back (project default) to network front (project default) and network twin (project default), which overlap: "
            + "10.1.0.0/24 and 10.1.0.128/25",
            await Refused(new Policy { Name = "more", Networks = ["twin"], Rules = [Allow("back", "twin")] }));
    }

    [Fact]
    public async Task A_new_subnet_must_not_overlap_what_a_joined_network_is_joined_to()
    {
        await test.MadeNetwork("third", "10.3.0.0/24");
        await test.Made(Between("front", "back", "default", "back"));
        await test.Made(new Policy { Name = "more", Networks = ["third"], Rules = [Allow("back", "third")] });

        Assert.Equal(
            "subnets[1].prefix: 10.1.0.0/28 overlaps 10.1.0.0/24 of network front (project default), to which policy more joins it "
            + "by way of network back (project default)",
            await Refused(new Network { Name = "third", Subnets = [Subnet("10.3.0.0/24"), Subnet("10.1.0.0/28")] }));
    }

    [Fact]
    public async Task What_another_projects_network_is_joined_to_besides_is_not_told()
    {
        await test.Made(new Network { Project = "shop", Name = "hub", Subnets = [Subnet("10.8.0.0/24")] });
        await test.Made(new Network { Project = "shop", Name = "secret", Subnets = [Subnet("10.2.0.0/28")] });
        await test.Made(new Policy
        {
            Project = "shop",
            Name = "p",
            Networks = ["hub"],
            Rules = [Allow("secret", "hub"), Allow("default/back", "hub")],
        });

        Assert.Equal(
            "rules[1]: joins network hub (project shop) to network back (project default) and a network of another project, which overlap",
            await Refused(Between("back", "shop/hub", "default", "back")));
    }

    [Fact]
    public async Task What_a_refused_policy_would_have_joined_is_forgotten()
    {
        await Refused(Between("front", "twin", "default", "front"));

        Assert.IsType<Outcome.Committed>(await test.Put(new Network { Name = "front", Subnets = [Subnet("10.1.0.0/24"), Subnet("10.1.1.0/24")] }));
        Assert.IsType<Outcome.Committed>(await test.Put(Between("front", "back", "default", "front")));
    }

    [Fact]
    public async Task What_is_joined_is_known_after_a_restart()
    {
        await test.Made(Between("front", "back", "default", "front"));
        await test.RestartAsync();

        Assert.Contains("policy p", await Refused(new Network { Name = "back", Subnets = [Subnet("10.1.0.0/25")] }));
    }
}
