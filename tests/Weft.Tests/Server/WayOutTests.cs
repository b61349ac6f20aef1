using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;

namespace Weft.Tests.Server;

/// <summary>External networks, gateways, routers and published ports.</summary>
public sealed class WayOutTests : IAsyncLifetime
{
    TestCluster test = null!;

    public async ValueTask InitializeAsync()
    {
        test = await TestCluster.StartAsync();
        await test.MadeNode("h1", "192.0.2.1");
        await test.MadeNode("h2", "192.0.2.2");
        await test.MadeNetwork("front", "10.1.0.0/24");
        await test.MadeNetwork("back", "10.2.0.0/24");
    }

    public ValueTask DisposeAsync() => test.DisposeAsync();

    ExternalNetwork Outside => test.Snapshot.Find<ExternalNetwork>(ResourceKey.ExternalNetwork("outside"))!;

    async Task<string> Refused(Resource document) => (await test.Put(document) switch
    {
        Outcome.Committed => throw new InvalidOperationException("was not refused"),
        var outcome => outcome,
    }).Describe();

    [Fact]
    public async Task A_cluster_has_the_hosts_own_way_out_from_the_first_start()
    {
        var (uid, revision) = (Outside.Uid, test.Snapshot.Revision);
        await test.RestartAsync();

        Assert.True(Outside.Default);
        Assert.Equal((uid, revision), (Outside.Uid, test.Snapshot.Revision));
    }

    [Fact]
    public async Task Numbers_of_networks_and_external_ones_are_of_one_row()
    {
        var lab = await test.Made(new ExternalNetwork { Name = "lab" });
        var next = await test.MadeNetwork("next", "10.9.0.0/24");

        Assert.Equal(lab.Vni + 1, next.Vni);
        Assert.Contains($"vni: {lab.Vni} belongs to external-network lab", await Refused(new Network { Name = "thief", Vni = lab.Vni }));
        Assert.Contains($"vni: {next.Vni} belongs to network next", await Refused(new ExternalNetwork { Name = "thief", Vni = next.Vni }));
    }

    [Fact]
    public async Task One_external_network_is_the_default()
    {
        Assert.Equal(
            "default: external network outside is the default one; take it from there first",
            await Refused(new ExternalNetwork { Name = "internet", Default = true }));
        await test.Put(Outside with { Default = false });

        await test.Made(new ExternalNetwork { Name = "internet", Default = true });
    }

    [Fact]
    public async Task A_gateway_without_a_name_is_the_default_one_of_that_moment()
    {
        var made = await test.Made(new Network { Name = "out", ExternalGateway = new() });
        await test.Put(Outside with { Default = false });
        await test.Made(new ExternalNetwork { Name = "internet", Default = true });

        Assert.Equal("outside", made.ExternalGateway!.ExternalNetwork);
        Assert.False(Assert.IsType<Outcome.Committed>(await test.Put(new Network { Name = "out", ExternalGateway = new() })).Changed);
    }

    [Fact]
    public async Task Without_a_default_one_it_has_to_be_named()
    {
        await test.Put(Outside with { Default = false });

        Assert.Equal(
            "externalGateway.externalNetwork: is required: no external network is the default one",
            await Refused(new Network { Name = "out", ExternalGateway = new() }));
    }

    [Fact]
    public async Task An_internal_network_has_no_way_out_of_any_kind()
    {
        Assert.Equal("externalGateway: is a way out, which an internal network has none of",
            await Refused(new Network { Name = "in", Internal = true, ExternalGateway = new() { ExternalNetwork = "outside" } }));
        await test.Made(new Network { Name = "in", Internal = true });

        Assert.Equal("published: network in is internal: nothing of it can be published",
            await Refused(new Port { Name = "p", Network = "in", Published = [Tcp(80)] }));
        Assert.Equal("networks[0]: network in is internal, and a router with an external gateway would be a way out of it",
            await Refused(new Router { Name = "r", Networks = ["in"], ExternalGateway = new() }));
        await test.Made(new Router { Name = "r", Networks = ["in", "front"] });
    }

    [Fact]
    public async Task An_egress_address_must_be_one_that_is_given_out() => Assert.Equal(
        "externalGateway.egressAddresses['h1'][0]: 203.0.113.9 cannot be given: external network outside has no subnets",
        await Refused(new Network
        {
            Name = "out",
            ExternalGateway = new() { EgressAddresses = new Dictionary<string, IReadOnlyList<IPAddress>> { ["h1"] = [IPAddress.Parse("203.0.113.9")] } },
        }));

    [Fact]
    public async Task A_router_has_a_number_of_the_row_of_policies()
    {
        var policy = await test.Made(new Policy { Name = "p" });
        var router = await test.Made(new Router { Name = "r", Networks = ["front", "back"] });
        await test.RestartAsync();
        var group = await test.Made(new SecurityGroup { Name = "g" });

        Assert.Equal((policy.Number + 1, policy.Number + 2), (router.Number, group.Number));
    }

    [Fact]
    public async Task A_router_joins_no_networks_that_overlap()
    {
        await test.MadeNetwork("twin", "10.1.0.128/25");

        Assert.Equal(
            "networks[1]: joins network front (project default) and network twin (project default), which overlap: 10.1.0.0/24 and 10.1.0.128/25",
            await Refused(new Router { Name = "r", Networks = ["front", "twin"] }));
    }

    [Fact]
    public async Task A_network_that_a_router_joins_gets_no_prefix_of_another()
    {
        await test.Made(new Router { Name = "r", Networks = ["front", "back"] });

        Assert.Equal(
            "subnets[1].prefix: 10.1.0.0/25 overlaps 10.1.0.0/24 of network front (project default), to which router r joins it",
            await Refused(new Network { Name = "back", Subnets = [Subnet("10.2.0.0/24"), Subnet("10.1.0.0/25")] }));
    }

    [Fact]
    public async Task A_network_may_overlap_what_is_outside()
    {
        await test.Made(new ExternalNetwork { Name = "lab", Subnets = [Subnet("10.1.0.0/16")] });

        Assert.IsType<Outcome.Committed>(await test.Put(new Network { Name = "front", ExternalGateway = new() { ExternalNetwork = "lab" } }));
    }

    [Fact]
    public async Task A_network_of_a_router_is_not_deleted()
    {
        await test.Made(new Router { Name = "r", Networks = ["front"] });

        Assert.Equal("network front (project default) is named by router r", (await test.Delete(ResourceKey.Network("default", "front"))).Describe());
    }

    [Fact]
    public async Task A_policy_holds_what_is_outside_of_it()
    {
        await test.Made(new ExternalNetwork { Name = "lab" });
        var policy = new Policy
        {
            Name = "p",
            Networks = ["front"],
            Rules = [new() { Action = Policy.Allow, From = new() { ExternalNetwork = "lab" } }],
        };
        await test.Made(policy);

        Assert.Equal("external network lab is used by policy p (project default)", (await test.Delete(ResourceKey.ExternalNetwork("lab"))).Describe());
        Assert.Equal("rules[0].from.externalNetwork: there is no external network 'ghost'",
            await Refused(policy with { Rules = [policy.Rules![0] with { From = new() { ExternalNetwork = "ghost" } }] }));
    }

    [Fact]
    public async Task A_rule_about_outside_joins_no_networks()
    {
        await test.MadeNetwork("twin", "10.1.0.128/25");

        Assert.IsType<Outcome.Committed>(await test.Put(new Policy
        {
            Name = "p",
            Networks = ["front", "twin"],
            Rules = [new() { Action = Policy.Allow, From = new() { ExternalNetwork = "outside" } }],
        }));
    }

    [Fact]
    public async Task A_port_of_a_node_is_published_once()
    {
        await test.Made(new Port { Name = "web", Network = "front", Node = "h1", Published = [Tcp(8080), Tcp(9000, 9010)] });

        Assert.Equal("published[0].ports: tcp 9000-9010 of node h1 is published by port web",
            await Refused(new Port { Name = "b", Network = "back", Node = "h1", Published = [Tcp(8999, 9000)] }));
        await test.Made(new Port { Name = "udp", Network = "back", Node = "h1", Published = [Tcp(8080) with { Protocol = "udp" }] });
        await test.Made(new Port { Name = "far", Network = "back", Node = "h2", Published = [Tcp(8080)] });
    }

    [Fact]
    public async Task What_another_project_publishes_is_not_told_by_name()
    {
        await test.Made(new Project { Name = "shop" });
        await test.Made(new Network { Project = "shop", Name = "net" });
        await test.Made(new Port { Project = "shop", Name = "secret", Network = "net", Node = "h1", Published = [Tcp(80)] });

        Assert.Equal("published[0].ports: tcp 80 of node h1 is published by a port of another project",
            await Refused(new Port { Name = "b", Network = "back", Node = "h1", Published = [Tcp(80)] }));
    }

    [Fact]
    public async Task What_is_published_is_asked_for_when_a_port_comes_to_a_node()
    {
        await test.Made(new Port { Name = "web", Network = "front", Node = "h1", Published = [Tcp(8080)] });
        var other = await test.Made(new Port { Name = "b", Network = "back", Published = [Tcp(8080)] });

        Assert.Contains("is published by port web", await Refused(other with { Node = "h1" }));
        Assert.IsType<Outcome.Committed>(await test.Put(other with { Node = "h2" }));
        await test.Delete(ResourceKey.Port("default", "web"));
        await test.Put(other with { Node = null });
        Assert.IsType<Outcome.Committed>(await test.Put(other with { Node = "h1" }));
    }

    [Fact]
    public async Task What_is_published_is_known_after_a_restart()
    {
        await test.Made(new Port { Name = "web", Network = "front", Node = "h1", Published = [Tcp(8080)] });
        await test.RestartAsync();

        Assert.Contains("is published by port web", await Refused(new Port { Name = "b", Network = "back", Node = "h1", Published = [Tcp(8080)] }));
    }

    [Fact]
    public async Task A_project_with_routers_or_floating_ips_is_in_use()
    {
        await test.Made(new Project { Name = "shop" });
        await test.Made(new Router { Project = "shop", Name = "r" });

        Assert.Equal("project shop has router r", (await test.Delete(ResourceKey.OfProject("shop"))).Describe());
    }

    static PortMapping Tcp(ushort first, ushort last = 0) => new() { Protocol = "tcp", Ports = new(first, last == 0 ? first : last) };

    static Subnet Subnet(string prefix) => new() { Prefix = IPNetwork.Parse(prefix) };
}
