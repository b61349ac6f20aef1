using System.Net;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Compiler;

/// <summary>What nodes are told of external networks, floating IPs, routers and published ports.</summary>
public sealed class OutsideCompileTests
{
    const int Many = 2000;

    static readonly IPAddress Inside = IPAddress.Parse("10.1.0.5");
    static readonly IPAddress Outside = IPAddress.Parse("203.0.113.7");

    static ExternalNetwork Internet => new()
    {
        Name = "internet",
        Vni = 100,
        Uplink = "eth1",
        NodeUplinks = new Dictionary<string, string> { ["n2"] = "bond0", ["n3"] = "" },
    };

    static FloatingIp Floating(string name = "fip") =>
        new() { Name = name, ExternalNetwork = "internet", Address = Outside, Port = "web" };

    static SmallWorld World()
    {
        var world = SmallWorld.WithTwoNetworks();
        world.Put(Internet);
        world.Put(world.Snapshot.Find<Port>(ResourceKey.Port("default", "web"))! with { Addresses = [IPAddress.Parse("fd00::5"), Inside] });
        return world;
    }

    static Guid Uid(SmallWorld world, string kind, string name) => world.Uid(new(kind, kind == ExternalNetwork.KindName ? "" : "default", name));

    [Fact]
    public void Each_node_is_told_of_the_uplink_that_it_has()
    {
        var world = World();
        Assert.Equal(
            ("eth1", "bond0", null),
            (Assert.Single(world.State("n1").Externals.Values).Uplink, world.State("n2").Externals.Values.Single().Uplink,
                world.State("n3").Externals.Values.Single().Uplink));
    }

    [Fact]
    public void An_uplink_that_is_not_named_is_that_of_the_default_route()
    {
        var world = World();
        world.Put(Internet with { Uplink = null });
        Assert.Equal("", world.State("n1").Externals.Values.Single().Uplink);
    }

    [Fact]
    public void An_uplink_of_one_node_is_told_to_that_node_only()
    {
        var world = World();
        var deltas = world.Put(Internet with { NodeUplinks = new Dictionary<string, string> { ["n2"] = "bond1", ["n3"] = "" } });
        Assert.Equal(("n2", "bond1"), (Assert.Single(deltas).Key, Assert.Single(deltas["n2"].Externals).Uplink));
    }

    [Fact]
    public void A_floating_ip_is_where_its_port_is()
    {
        var world = World();
        world.Put(Floating());
        var told = Assert.Single(world.State("n3").Floatings.Values);
        Assert.Equal(
            (Outside, Inside, 1u, Uid(world, Port.KindName, "web"), Uid(world, Network.KindName, "front"), Uid(world, ExternalNetwork.KindName, "internet")),
            (told.Address, told.Target, told.NodeNumber, told.Port, told.Network, told.External));
    }

    [Fact]
    public void It_moves_with_its_port()
    {
        var world = World();
        world.Put(Floating());
        var web = world.Snapshot.Find<Port>(ResourceKey.Port("default", "web"))!;
        Assert.Equal(2u, Assert.Single(world.Put(web with { Node = "n2" })["n3"].Floatings).NodeNumber);
        Assert.Equal(0u, Assert.Single(world.Put(web with { Node = null })["n3"].Floatings).NodeNumber);
    }

    [Fact]
    public void It_goes_with_its_port_and_comes_back_with_the_next_of_that_name()
    {
        var world = World();
        world.Put(Floating());
        var web = world.Snapshot.Find<Port>(ResourceKey.Port("default", "web"))!;
        Assert.Equal(Uid(world, FloatingIp.KindName, "fip"), Assert.Single(world.Delete(ResourceKey.Of(web))["n3"].RemovedFloatings));
        Assert.Single(world.Put(web with { Node = "n2" })["n3"].Floatings);
    }

    [Fact]
    public void It_is_where_its_load_balancer_is()
    {
        var world = World();
        world.Put(Floating() with { Port = null, LoadBalancer = "lb" });
        Assert.Empty(world.State("n1").Floatings);
        world.Put(new LoadBalancer { Name = "lb", Network = "back", Addresses = [IPAddress.Parse("10.2.0.9")], Node = "n2" });
        var told = Assert.Single(world.State("n1").Floatings.Values);
        Assert.Equal((2u, null, Uid(world, LoadBalancer.KindName, "lb"), "10.2.0.9"), (told.NodeNumber, told.Port, told.Balancer, $"{told.Target}"));
    }

    [Fact]
    public void Mappings_say_the_port_inside()
    {
        var world = World();
        world.Put(Floating() with
        {
            PortMappings = [new() { Protocol = "tcp", Ports = new(80, 81), TargetPort = 8080 }, new() { Protocol = "UDP", Ports = new(53, 53) }],
        });
        Assert.Equal(
            [new(6, new(80, 81), 8080), new NodePortMapping(17, new(53, 53), 53)], world.State("n1").Floatings.Values.Single().Mappings);
    }

    [Fact]
    public void Who_answers_for_a_floating_ip_is_a_peer_of_all_and_all_are_its_peers()
    {
        var world = World();
        Assert.Empty(world.State("n3").Peers);
        var deltas = world.Put(Floating());
        Assert.Equal("n1", Assert.Single(deltas["n3"].Peers).Name);
        Assert.Equal(["n2", "n3"], deltas["n1"].Peers.Select(peer => peer.Name).Order());
        Assert.Equal("n1", Assert.Single(world.State("n2").Peers.Values).Name);
    }

    [Fact]
    public void Peers_by_a_floating_ip_part_when_it_goes()
    {
        var world = World();
        world.Put(Floating());
        var deltas = world.Delete(ResourceKey.FloatingIp("default", "fip"));
        Assert.Equal([1u], deltas["n3"].RemovedPeers);
        Assert.Equal([2u, 3u], deltas["n1"].RemovedPeers.Order());
    }

    [Fact]
    public void A_node_that_comes_is_told_of_and_to_who_answers()
    {
        var world = World();
        world.Put(Floating());
        var number = world.Snapshot.All<Node>().Count() + 1;
        var deltas = world.Put(new Node { Name = "n4", Number = (uint)number, FabricAddress = IPAddress.Parse("192.0.2.4") });
        Assert.Equal("n4", Assert.Single(deltas["n1"].Peers).Name);
        Assert.Equal("n1", Assert.Single(world.State("n4").Peers.Values).Name);
    }

    [Fact]
    public void A_changed_floating_ip_among_many_is_one_record_and_one_object()
    {
        var world = World();
        for (var i = 0; i < Many; i++)
            world.Put(Floating($"f{i}") with { Address = new IPAddress([198, 18, (byte)(i >> 8), (byte)i]) });
        var before = GC.GetAllocatedBytesForCurrentThread();
        var deltas = world.Put(Floating("f7") with { Address = new IPAddress([198, 18, 0, 7]), PortMappings = [new() { Protocol = "tcp", Ports = new(80, 80) }] });
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(["n1", "n2", "n3"], deltas.Keys.Order());
        Assert.All(deltas.Values, delta => Assert.Equal((1, 1), (delta.Count, delta.Floatings.Length)));
        Assert.Single(deltas.Values.Distinct(ReferenceEqualityComparer.Instance));
        // One record is 150 bytes, all of them would be a few hundred thousand.
        Assert.InRange(bytes, 0, 60_000);
    }

    [Fact]
    public void Ways_out_are_those_of_the_network_then_of_its_routers_then_of_floating_ips()
    {
        var world = World();
        foreach (var name in (string[])["a", "b", "c"])
            world.Put(new ExternalNetwork { Name = name, Vni = 200 });
        world.Put(new Router { Name = "r2", Networks = ["front"], ExternalGateway = new() { ExternalNetwork = "a" } });
        world.Put(new Router { Name = "r1", Networks = ["front", "back"], ExternalGateway = new() { ExternalNetwork = "b" } });
        world.Put(Floating() with { ExternalNetwork = "c" });
        world.Put(Floating("other"));
        world.Put(world.Snapshot.Find<Network>(ResourceKey.Network("default", "front"))! with { ExternalGateway = new() { ExternalNetwork = "internet" } });

        Assert.Equal(["internet", "b", "a", "c"], WaysOut(world, "front"));
        Assert.Equal(["b"], WaysOut(world, "back"));
    }

    [Fact]
    public void A_way_out_by_floating_ips_goes_with_the_last()
    {
        var world = World();
        world.Put(Floating());
        world.Put(Floating("other") with { PortMappings = [new() { Protocol = "tcp", Ports = new(80, 80) }] });
        Assert.Empty(world.Delete(ResourceKey.FloatingIp("default", "fip"))["n3"].Networks);
        Assert.Empty(Assert.Single(world.Delete(ResourceKey.FloatingIp("default", "other"))["n3"].Networks).Gateways);
    }

    [Fact]
    public void Egress_addresses_stand_by_the_number_of_their_node()
    {
        var world = World();
        var front = world.Snapshot.Find<Network>(ResourceKey.Network("default", "front"))!;
        world.Put(front with
        {
            ExternalGateway = new()
            {
                ExternalNetwork = "internet",
                EgressAddresses = new Dictionary<string, IReadOnlyList<IPAddress>>
                {
                    ["n4"] = [Outside],
                    ["n2"] = [IPAddress.Parse("203.0.113.9")],
                    ["n1"] = [IPAddress.Parse("203.0.113.8"), IPAddress.Parse("2001:db8::8")],
                },
            },
        });
        NodeEgress[] now = [new(1, IPAddress.Parse("203.0.113.8")), new(1, IPAddress.Parse("2001:db8::8")), new(2, IPAddress.Parse("203.0.113.9"))];
        Assert.Equal(now, world.State("n3").Networks[front.Uid].Gateways.Single().Egress);

        world.Node("n4");
        Assert.Equal([.. now, new(4, Outside)], world.State("n3").Networks[front.Uid].Gateways.Single().Egress);
    }

    [Fact]
    public void A_router_is_a_policy_behind_all_others_that_lets_its_networks_talk()
    {
        var world = World();
        var deltas = world.Put(new Router { Name = "r", Number = 7, Networks = ["front", "back"] });
        var set = Assert.Single(deltas["n1"].RuleSets);
        Assert.Equal((false, "r", 7u, 65536, 2), (set.IsGroup, set.Name, set.Number, set.Priority, set.Networks.Length));
        var rule = Assert.Single(deltas["n1"].Rules).Spec;
        Assert.Equal((RuleAction.Allow, RuleDirection.BothWays, RuleEndpoint.Any, RuleEndpoint.Any), (rule.Action, rule.Direction, rule.From, rule.To));
        Assert.Equal("db", Assert.Single(deltas["n1"].Ports).Name);
        Assert.Equal("n2", Assert.Single(deltas["n1"].Peers).Name);
    }

    [Fact]
    public void A_rule_about_outside_names_the_external_network()
    {
        var world = World();
        world.Put(new Policy
        {
            Name = "p",
            Networks = ["front"],
            Rules =
            [
                new() { Id = 1, Action = Policy.Allow, From = new() { ExternalNetwork = "internet", Prefix = IPNetwork.Parse("198.51.100.0/24") } },
                new() { Id = 2, Action = Policy.Allow, To = new() { ExternalNetwork = "late" } },
            ],
        });
        var from = world.State("n1").Rules.Values.Single(rule => rule.Key.Id == 1).Spec.From;
        Assert.Equal(new(Uid(world, ExternalNetwork.KindName, "internet"), IPNetwork.Parse("198.51.100.0/24"), null, []), from);
        Assert.Equal(RuleEndpoint.Nobody, world.State("n1").Rules.Values.Single(rule => rule.Key.Id == 2).Spec.To);

        var delta = world.Put(new ExternalNetwork { Name = "late", Vni = 101 })["n1"];
        Assert.Equal(Uid(world, ExternalNetwork.KindName, "late"), Assert.Single(delta.Rules).Spec.To.Network);
    }

    [Fact]
    public void What_is_published_comes_with_the_port()
    {
        var world = World();
        var web = world.Snapshot.Find<Port>(ResourceKey.Port("default", "web"))!;
        var delta = world.Put(web with { Published = [new() { Protocol = "tcp", Ports = new(8080, 8080), TargetPort = 80 }] })["n1"];
        Assert.Equal([new NodePortMapping(6, new(8080, 8080), 80)], Assert.Single(delta.Ports).Published);
    }

    static IEnumerable<string> WaysOut(SmallWorld world, string network) =>
        world.State("n3").Networks[Uid(world, Network.KindName, network)].Gateways
            .Select(gateway => world.Snapshot.Find<ExternalNetwork>(gateway.External)!.Name);
}
