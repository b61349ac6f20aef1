using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;

namespace Weft.Tests.Server;

public sealed class SecurityGroupTests : IAsyncLifetime
{
    TestCluster test = null!;

    public async ValueTask InitializeAsync()
    {
        test = await TestCluster.StartAsync();
        await test.MadeNetwork("front", "10.1.0.0/24");
        await test.Made(new SecurityGroup { Name = "base" });
        await test.Made(new SecurityGroup { Name = "web" });
    }

    public ValueTask DisposeAsync() => test.DisposeAsync();

    Task<Outcome> SetDefault(string? group) => test.Put(new Project { Name = "default", DefaultSecurityGroup = group });

    Port Port(string name) => test.Snapshot.Find<Port>(ResourceKey.Port("default", name))!;

    Task<Outcome> Update(Port port, params string[]? groups) => test.Cluster.ApplyAsync(
        new Write.UpdatePort(port.Uid) { Aliases = [], Labels = new Dictionary<string, string>(), SecurityGroups = groups },
        TestCluster.Token);

    [Fact]
    public async Task A_port_without_groups_gets_the_default_one_of_its_project()
    {
        await SetDefault("base");

        Assert.Equal(["base"], (await test.Made(new Port { Name = "a", Network = "front" })).SecurityGroups);
    }

    [Fact]
    public async Task A_port_that_wants_none_has_none()
    {
        await SetDefault("base");

        Assert.Equal([], (await test.Made(new Port { Name = "a", Network = "front", SecurityGroups = [] })).SecurityGroups);
    }

    [Fact]
    public async Task Ports_from_before_stay_without_the_default_group()
    {
        await test.Made(new Port { Name = "a", Network = "front" });
        await SetDefault("base");
        await test.Put(new Port { Name = "a", Network = "front", Aliases = ["www"] });

        Assert.Null(Port("a").SecurityGroups);
    }

    [Fact]
    public async Task A_document_that_says_nothing_of_groups_leaves_them()
    {
        await test.Made(new Port { Name = "a", Network = "front", SecurityGroups = ["web"] });
        await test.Put(new Port { Name = "a", Network = "front", Aliases = ["www"] });

        Assert.Equal(["web"], Port("a").SecurityGroups);
    }

    [Fact]
    public async Task A_node_that_says_nothing_of_groups_leaves_them()
    {
        var port = await test.Made(new Port { Name = "a", Network = "front", SecurityGroups = ["web"] });
        await Update(port, null);

        Assert.Equal(["web"], Port("a").SecurityGroups);
    }

    [Fact]
    public async Task A_node_may_change_the_groups_of_its_port()
    {
        var port = await test.Made(new Port { Name = "a", Network = "front", SecurityGroups = ["web"] });
        await Update(port, "base", "web");

        Assert.Equal(["base", "web"], Port("a").SecurityGroups);
    }

    [Fact]
    public async Task A_node_that_names_a_group_that_is_not_there_changes_nothing()
    {
        var port = await test.Made(new Port { Name = "a", Network = "front", SecurityGroups = ["web"] });

        var outcome = await Update(port, "base", "none");

        Assert.Equal("securityGroups[1]: there is no security group 'none' in project default", outcome.Describe());
        Assert.Equal(["web"], Port("a").SecurityGroups);
    }

    [Fact]
    public async Task A_group_of_another_project_is_not_there()
    {
        await test.Made(new Project { Name = "shop" });
        await test.Made(new SecurityGroup { Name = "theirs", Project = "shop" });

        var outcome = await test.Put(new Port { Name = "a", Network = "front", SecurityGroups = ["theirs"] });

        Assert.Equal("securityGroups[0]: there is no security group 'theirs' in project default", outcome.Describe());
    }

    [Fact]
    public async Task A_default_group_must_be_there() => Assert.Equal(
        "defaultSecurityGroup: there is no security group 'none' in project default", (await SetDefault("none")).Describe());

    [Fact]
    public async Task A_group_that_is_the_default_no_more_may_go()
    {
        await SetDefault("base");
        await SetDefault(null);

        Assert.IsType<Outcome.Committed>(await test.Delete(ResourceKey.SecurityGroup("default", "base")));
    }

    [Fact]
    public async Task A_renamed_port_still_holds_its_group()
    {
        var port = await test.Made(new Port { Name = "a", Network = "front", SecurityGroups = ["web"] });
        await test.Cluster.ApplyAsync(
            new Write.UpdatePort(port.Uid) { Name = "b", Aliases = [], Labels = new Dictionary<string, string>() }, TestCluster.Token);

        Assert.Equal("security-group web (project default) is named by port b", (await test.Delete(ResourceKey.SecurityGroup("default", "web"))).Describe());
    }
}
