using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;

namespace Weft.Tests.Server;

public sealed class PolicyTests : IAsyncLifetime
{
    TestCluster test = null!;

    public async ValueTask InitializeAsync()
    {
        test = await TestCluster.StartAsync();
        await test.MadeNetwork("front", "10.1.0.0/24", "fd00:1::/64");
        await test.MadeNetwork("back", "10.2.0.0/24");
    }

    public ValueTask DisposeAsync() => test.DisposeAsync();

    static PolicyRule Allow(string? from, string? to) => new()
    {
        Action = Policy.Allow,
        From = from is null ? null : new() { Network = from },
        To = to is null ? null : new() { Network = to },
    };

    static Policy Logs => new() { Name = "logs", Networks = ["front"], Rules = [Allow("front", "back")] };

    [Fact]
    public async Task Policies_and_groups_have_numbers_of_one_row()
    {
        var first = await test.Made(Logs);
        var second = await test.Made(new SecurityGroup { Name = "web" });
        var third = await test.Made(new Policy { Name = "empty" });

        Assert.Equal((1u, 2u, 3u), (first.Number, second.Number, third.Number));
    }

    [Fact]
    public async Task A_number_rests_when_its_policy_goes()
    {
        await test.Made(Logs);
        await test.Delete(ResourceKey.Policy("default", "logs"));

        Assert.Equal(2u, (await test.Made(Logs)).Number);
    }

    [Fact]
    public async Task What_the_server_gives_is_what_the_server_says()
    {
        var made = await test.Made(Logs with { Number = 77, LastRuleId = 500, Rules = [Allow("front", "back") with { Id = 9 }] });

        Assert.Equal((1u, 1u, 1u), (made.Number, made.LastRuleId, made.Rules![0].Id));
    }

    [Fact]
    public async Task An_id_that_went_with_its_rule_is_not_given_again()
    {
        await test.Made(Logs with { Rules = [Allow("front", "back"), Allow("back", "front")] });
        await test.Put(Logs);
        await test.RestartAsync();

        var outcome = (Outcome.Committed)await test.Put(Logs with { Rules = [Allow("front", "back"), Allow(null, "back")] });

        Assert.Equal([1u, 3], ((Policy)outcome.Resource).Rules!.Select(rule => rule.Id));
    }

    [Fact]
    public async Task A_policy_that_says_what_is_there_keeps_the_revision()
    {
        var selector = new PolicyEndpoint { Network = "back", Labels = new Dictionary<string, string> { ["b"] = "1", ["a"] = "2" } };
        var document = Logs with { Rules = [Allow("front", "back") with { To = selector }] };
        await test.Made(document);

        Assert.False(((Outcome.Committed)await test.Put(document)).Changed);
    }

    [Fact]
    public async Task The_priority_that_holds_is_the_one_that_is_shown() => Assert.Equal(100, (await test.Made(Logs)).Priority);

    public static TheoryData<string, string> Users() => new()
    {
        { "network front", "network front (project default) is named by policy logs" },
        { "network back", "network back (project default) is named by policy logs" },
        { "security-group web", "security-group web (project default) is named by policy logs, port p, project default, security-group db" },
        { "project shop", "project shop has policy only" },
    };

    [Theory]
    [MemberData(nameof(Users))]
    public async Task What_is_named_stays_and_says_who_names_it(string what, string message)
    {
        await test.Made(new Project { Name = "shop" });
        await test.Made(new Policy { Name = "only", Project = "shop" });
        await test.Made(new SecurityGroup { Name = "web", Rules = [new() { Direction = SecurityGroup.Ingress, RemoteGroup = "web" }] });
        await test.Made(new SecurityGroup { Name = "db", Rules = [new() { Direction = SecurityGroup.Ingress, RemoteGroup = "web" }] });
        await test.MadeNetwork("third", "10.3.0.0/24");
        await test.Made(new Port { Name = "p", Network = "third", SecurityGroups = ["web"] });
        await test.Made(Logs with { Rules = [Allow("front", "back") with { To = new() { Network = "back", SecurityGroup = "web" } }] });
        await test.Put(new Project { Name = "default", DefaultSecurityGroup = "web" });
        var key = what.Split(' ') is ["project", var project] ? ResourceKey.OfProject(project)
            : new ResourceKey(what.Split(' ')[0], "default", what.Split(' ')[1]);

        var outcome = await test.Delete(key);

        Assert.Equal(message, Assert.IsType<Outcome.InUse>(outcome).Message);
    }

    [Fact]
    public async Task A_network_that_only_another_project_names_may_go()
    {
        await test.Made(new Project { Name = "shop" });
        await test.Made(new Policy { Name = "wish", Project = "shop", Rules = [Allow("default/back", "default/front")] });

        Assert.IsType<Outcome.Committed>(await test.Delete(ResourceKey.Network("default", "back")));
    }

    [Fact]
    public async Task Ten_thousand_rules_are_written_and_one_is_changed()
    {
        var rules = Enumerable.Range(0, 10_000)
            .Select(i => Allow("front", "back") with { Protocol = "tcp", Ports = [new((ushort)(i + 1), (ushort)(i + 1))] }).ToArray();
        await test.Made(Logs with { Rules = rules });
        rules[5000] = rules[5000] with { Action = Policy.Deny };

        var after = (Policy)((Outcome.Committed)await test.Put(Logs with { Rules = rules })).Resource;

        Assert.Equal(Enumerable.Range(1, 10_000), after.Rules!.Select(rule => (int)rule.Id));
    }
}
