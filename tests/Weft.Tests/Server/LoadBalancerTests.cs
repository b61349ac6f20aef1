using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;

namespace Weft.Tests.Server;

public sealed class LoadBalancerTests : IAsyncLifetime
{
    static readonly ResourceKey Web = ResourceKey.LoadBalancer("default", "web");

    TestCluster test = null!;

    public async ValueTask InitializeAsync()
    {
        test = await TestCluster.StartAsync();
        await test.MadeNetwork("front", "10.1.0.0/24", "fd00:1::/64");
    }

    public ValueTask DisposeAsync() => test.DisposeAsync();

    LoadBalancer Current => test.Snapshot.Find<LoadBalancer>(Web)!;

    static LoadBalancer Document(params IPAddress[]? addresses) => new()
    {
        Name = "web",
        Network = "front",
        Addresses = addresses,
        Listeners = [new() { Protocol = "tcp", Ports = new(80, 80) }, new() { Protocol = "udp", Ports = new(80, 90) }],
        Pools = [new() { Members = [new() { Port = "web1", TargetPort = 8080 }] }],
    };

    [Fact]
    public async Task It_gets_an_address_of_each_family_and_names_for_what_has_none()
    {
        var made = await test.Made(Document());

        Assert.Equal([IPAddress.Parse("10.1.0.2"), IPAddress.Parse("fd00:1::2")], made.Addresses!);
        Assert.Equal([("tcp-80", "default"), ("udp-80-90", "default")], made.Listeners!.Select(listener => (listener.Name, listener.Pool!)));
        Assert.Equal("default", Assert.Single(made.Pools!).Name);
    }

    [Fact]
    public async Task Its_addresses_stay_when_the_document_says_nothing_of_them()
    {
        await test.Made(Document(IPAddress.Parse("10.1.0.77")));
        await test.Put(Document() with { Enabled = false });

        Assert.Equal([IPAddress.Parse("10.1.0.77")], Current.Addresses!);
    }

    [Fact]
    public async Task The_same_document_again_changes_nothing()
    {
        await test.Made(Document());

        Assert.False(Assert.IsType<Outcome.Committed>(await test.Put(Document())).Changed);
    }

    [Fact]
    public async Task Its_address_is_nobody_elses()
    {
        await test.Made(Document(IPAddress.Parse("10.1.0.77")));
        var port = new Port { Name = "p", Network = "front", Addresses = [IPAddress.Parse("10.1.0.77")] };

        var refused = Assert.IsType<Outcome.Conflict>(await test.Put(port));
        Assert.Equal("10.1.0.77 is taken by load-balancer web", Assert.Single(refused.Faults).Message);
        await test.Delete(Web);
        await test.Made(port);
    }

    [Fact]
    public async Task A_chosen_address_is_not_given_out_again()
    {
        await test.Made(Document());

        Assert.Equal(IPAddress.Parse("10.1.0.3"), (await test.Made(new Port { Name = "p", Network = "front" })).Addresses![0]);
    }

    [Fact]
    public async Task It_stays_in_its_network()
    {
        await test.Made(Document());
        await test.MadeNetwork("back", "10.2.0.0/24");

        var refused = Assert.IsType<Outcome.Invalid>(await test.Put(Document() with { Network = "back" }));
        Assert.Equal("network", refused.Faults[0].Path);
    }

    [Fact]
    public async Task Its_network_cannot_go()
    {
        await test.Made(Document());

        var refused = Assert.IsType<Outcome.InUse>(await test.Delete(ResourceKey.Network("default", "front")));
        Assert.Equal("network front (project default) has load-balancer web", refused.Message);
    }

    [Fact]
    public async Task Its_subnet_cannot_go()
    {
        await test.Made(Document());

        var refused = Assert.IsType<Outcome.InUse>(await test.Put(new Network
        {
            Name = "front",
            Subnets = [new() { Prefix = IPNetwork.Parse("10.9.0.0/24") }],
        }));
        Assert.Equal("subnet 10.1.0.0/24 cannot go: it has addresses of load-balancer web", refused.Message);
    }

    [Fact]
    public async Task A_member_need_not_exist_and_may_go()
    {
        await test.Made(Document());
        await test.Made(new Port { Name = "web1", Network = "front" });

        Assert.IsType<Outcome.Committed>(await test.Delete(ResourceKey.Port("default", "web1")));
    }

    [Fact]
    public async Task Where_it_is_placed_is_the_servers_affair()
    {
        await test.MadeNode("n1", "192.0.2.1");
        var made = await test.Made(Document() with { Node = "n9" });
        Assert.Null(made.Node);
        await Place(null, "n1");

        await test.Put(Document() with { Enabled = false });

        Assert.Equal("n1", Current.Node);
    }

    [Fact]
    public async Task It_is_moved_only_from_where_it_was_thought_to_be()
    {
        await test.MadeNode("n1", "192.0.2.1");
        await test.MadeNode("n2", "192.0.2.2");
        await test.Made(Document());
        await Place(null, "n1");

        Assert.False(Assert.IsType<Outcome.Committed>(await Place(null, "n2")).Changed);
        Assert.Equal("n1", Current.Node);
        Assert.IsType<Outcome.NotFound>(await Place("n1", "n9"));
    }

    [Fact]
    public async Task A_node_that_is_deleted_leaves_it_nowhere()
    {
        await test.MadeNode("n1", "192.0.2.1");
        await test.Made(Document());
        await Place(null, "n1");

        Assert.IsType<Outcome.Committed>(await test.Delete(ResourceKey.Node("n1")));

        Assert.Null(Current.Node);
    }

    [Fact]
    public async Task It_is_all_there_after_a_restart()
    {
        var made = await test.Made(Document());
        await test.RestartAsync();

        Assert.Equal(made.Addresses, Current.Addresses);
        Assert.IsType<Outcome.Conflict>(await test.Put(new Port { Name = "p", Network = "front", Addresses = made.Addresses }));
    }

    Task<Outcome> Place(string? from, string? node) =>
        test.Cluster.ApplyAsync(new Write.PlaceLoadBalancer(Current.Uid, from, node), TestCluster.Token);
}
