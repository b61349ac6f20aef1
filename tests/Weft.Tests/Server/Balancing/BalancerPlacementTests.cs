using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Balancing;

namespace Weft.Tests.Server.Balancing;

public sealed class BalancerPlacementTests
{
    static readonly HashSet<string> Nobody = [];
    static readonly HashSet<string> All = ["n1", "n2", "n3"];

    readonly List<Resource> resources =
    [
        new Network { Name = "front", Uid = Guid.NewGuid() },
        .. All.Select(name => new Node { Name = name, Uid = Guid.NewGuid(), FabricAddress = IPAddress.Loopback }),
    ];

    void Port(string name, string node, string? tier = null) => resources.Add(new Port
    {
        Name = name,
        Network = "front",
        Node = node,
        Uid = Guid.NewGuid(),
        Labels = tier is null ? null : new Dictionary<string, string> { ["tier"] = tier },
    });

    Guid Balancer(string name, string? node, Pool? pool = null)
    {
        var balancer = new LoadBalancer { Name = name, Network = "front", Node = node, Uid = Guid.NewGuid(), Pools = pool is null ? null : [pool] };
        resources.Add(balancer);
        return balancer.Uid;
    }

    Dictionary<Guid, string> Moves(HashSet<string> connected, HashSet<string> away) => BalancerPlacement.Moves(
        Snapshot.Empty.With([.. resources.Select(resource => new Change(ResourceKey.Of(resource), null, resource))], 1), connected, away)
        .ToDictionary(move => move.Uid, move => move.Node!);

    [Fact]
    public void One_that_is_nowhere_goes_to_a_node_with_a_member()
    {
        Port("web", "n2");
        var uid = Balancer("a", null, new Pool { Name = "p", Members = [new() { Port = "web" }] });

        Assert.Equal("n2", Moves(All, Nobody)[uid]);
    }

    [Fact]
    public void Members_that_labels_find_count_too()
    {
        Port("web", "n3", tier: "web");
        var uid = Balancer("a", null, new Pool { Name = "p", Selector = new Dictionary<string, string> { ["tier"] = "web" } });

        Assert.Equal("n3", Moves(All, Nobody)[uid]);
    }

    [Fact]
    public void A_member_on_a_node_that_is_not_there_does_not_count()
    {
        Port("web", "n2");
        var uid = Balancer("a", null, new Pool { Name = "p", Members = [new() { Port = "web" }] });

        Assert.Equal("n1", Moves(["n1", "n3"], ["n2"])[uid]);
    }

    [Fact]
    public void Without_members_they_are_spread()
    {
        for (var i = 0; i < 6; i++)
            Balancer($"b{i}", null);

        Assert.Equal([2, 2, 2], Moves(All, Nobody).Values.CountBy(node => node).Select(pair => pair.Value));
    }

    [Fact]
    public void It_stays_where_it_is_also_when_another_node_would_be_better()
    {
        Port("web", "n2");
        Balancer("a", "n1", new Pool { Name = "p", Members = [new() { Port = "web" }] });

        Assert.Empty(Moves(All, Nobody));
    }

    [Fact]
    public void It_stays_while_its_node_has_not_been_away_for_long()
    {
        Balancer("a", "n1");

        Assert.Empty(Moves(["n2", "n3"], Nobody));
    }

    [Fact]
    public void It_moves_when_its_node_is_away()
    {
        var uid = Balancer("a", "n1");

        Assert.Equal("n2", Moves(["n2", "n3"], ["n1"])[uid]);
    }

    [Fact]
    public void It_moves_when_its_node_was_deleted()
    {
        var uid = Balancer("a", "n9");

        Assert.Contains(Moves(All, Nobody)[uid], All);
    }

    [Fact]
    public void When_nobody_is_there_it_stays()
    {
        Balancer("a", "n1");

        Assert.Empty(Moves(Nobody, All));
    }
}
