using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Compiler;

public sealed class BalancerCompileTests
{
    static readonly ResourceKey Web1 = ResourceKey.Port("default", "web1");

    readonly SmallWorld world = SmallWorld.WithTwoNetworks();

    static LoadBalancer Document(params Member[] members) => new()
    {
        Name = "lb",
        Network = "front",
        Addresses = [IPAddress.Parse("10.0.0.9")],
        Listeners = [new() { Name = "tcp-80", Protocol = "tcp", Ports = new(80, 80), Pool = "default" }],
        Pools = [new() { Name = "default", Members = members }],
    };

    void Port(string name, string? node = "n3", string? tier = null) => world.Put(new Port
    {
        Name = name,
        Network = "front",
        Node = node,
        Labels = tier is null ? null : new Dictionary<string, string> { ["tier"] = tier },
    });

    NodeBalancer Seen(string node) => Assert.Single(world.State(node).Balancers.Values);

    IEnumerable<string> Members(string node = "n1") =>
        Seen(node).Pools[0].Members.Select(member => world.Snapshot.Find<Port>(member.Port)!.Name);

    [Fact]
    public void Only_nodes_that_see_the_network_are_told()
    {
        world.Put(Document());

        Assert.Single(world.State("n1").Balancers);
        Assert.Empty(world.State("n2").Balancers);
    }

    [Fact]
    public void A_node_that_comes_to_see_the_network_is_told()
    {
        world.Put(Document(new Member { Port = "web1" }));
        var deltas = world.Put(new Port { Name = "web1", Network = "front", Node = "n3" });

        Assert.Equal(["n1", "n3"], deltas.Where(delta => delta.Value.Balancers.Length == 1).Select(delta => delta.Key).Order());
        Assert.Single(world.Delete(Web1)["n3"].RemovedBalancers);
    }

    [Fact]
    public void A_member_counts_from_when_it_is_on_a_node()
    {
        world.Put(Document(new Member { Port = "web1" }, new Member { Port = "web" }));
        Assert.Equal(["web"], Members());

        Port("web1", node: null);
        Assert.Equal(["web"], Members());

        Port("web1");
        Assert.Equal(["web1", "web"], Members());
    }

    [Fact]
    public void A_changed_member_is_one_record_to_those_who_see_the_network()
    {
        Port("web1");
        world.Put(Document(new Member { Port = "web1" }));
        var deltas = world.Put(Document(new Member { Port = "web1", Weight = 0 }));

        Assert.Equal(["n1", "n3"], deltas.Keys.Order());
        Assert.All(deltas.Values, delta => Assert.Equal(1, delta.Count));
        Assert.Equal(0, deltas["n1"].Balancers[0].Pools[0].Members[0].Weight);
    }

    [Fact]
    public void Labels_find_members_and_lose_them()
    {
        world.Put(Document() with { Pools = [new() { Name = "default", MemberPort = 8080, Selector = new Dictionary<string, string> { ["tier"] = "web" } }] });
        Assert.Empty(Members());

        Port("web1", tier: "web");
        Port("web2", tier: "web");
        Assert.Equal(["web1", "web2"], Members().Order());
        Assert.All(Seen("n1").Pools[0].Members, member => Assert.Equal(8080, member.TargetPort));

        Port("web2", tier: "db");
        Assert.Equal(["web1"], Members());
    }

    [Fact]
    public void Who_is_named_is_not_found_by_labels_as_well()
    {
        Port("web1", tier: "web");
        world.Put(Document() with
        {
            Pools =
            [
                new() { Name = "default", Members = [new() { Port = "web1", Enabled = false }], Selector = new Dictionary<string, string> { ["tier"] = "web" } },
            ],
        });

        Assert.Empty(Members());
    }

    [Fact]
    public void A_port_of_another_network_is_no_member()
    {
        world.Put(Document(new Member { Port = "db" }));

        Assert.Empty(Members());
    }

    [Fact]
    public void What_is_not_enabled_is_left_out()
    {
        Port("web1");
        world.Put(Document(new Member { Port = "web1" }, new Member { Port = "web", Enabled = false }));
        Assert.Equal(["web1"], Members());

        world.Put(Document() with { Enabled = false });
        Assert.Empty(Seen("n1").Listeners);
        Assert.Equal([IPAddress.Parse("10.0.0.9")], Seen("n1").Addresses);
    }

    [Fact]
    public void A_changed_place_is_told_by_number()
    {
        world.Put(Document() with { Node = "n2" });

        Assert.Equal(2u, Seen("n1").NodeNumber);
    }

    [Fact]
    public void Where_it_is_placed_its_network_is_seen_and_the_node_is_a_peer_to_others()
    {
        world.Put(Document() with { Node = "n3" });

        Assert.Equal(["web"], world.State("n3").Ports.Values.Select(port => port.Name));
        Assert.Equal("n1", Assert.Single(world.State("n3").Peers.Values).Name);
        Assert.Equal("n3", Assert.Single(world.State("n1").Peers.Values).Name);
        var deltas = world.Put(Document() with { Node = "n1" });
        Assert.Single(deltas["n3"].RemovedBalancers);
        Assert.Empty(world.State("n1").Peers);
    }

    [Fact]
    public void Of_many_that_labels_find_the_first_are_members()
    {
        for (var i = 0; i < 300; i++)
            Port($"m{i}", tier: "web");
        world.Put(Document(new Member { Port = "web" }) with
        {
            Pools = [new() { Name = "default", Members = [new() { Port = "web" }], Selector = new Dictionary<string, string> { ["tier"] = "web" } }],
        });

        Assert.Equal(256, Seen("n1").Pools[0].Members.Length);
        Assert.Equal("web", Members().First());
    }
}
