using System.Net;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;

namespace Weft.Tests.Server;

/// <summary>Addresses outside: who gets which, what they lead to, and what is refused.</summary>
public sealed class FloatingIpTests : IAsyncLifetime
{
    TestCluster test = null!;

    public async ValueTask InitializeAsync()
    {
        test = await TestCluster.StartAsync();
        await test.Made(new ExternalNetwork
        {
            Name = "internet",
            Uplink = "eth1",
            Subnets =
            [
                new()
                {
                    Prefix = IPNetwork.Parse("203.0.113.0/24"),
                    Gateway = IPAddress.Parse("203.0.113.1"),
                    Pools = [new(IPAddress.Parse("203.0.113.100"), IPAddress.Parse("203.0.113.102"))],
                },
                new() { Prefix = IPNetwork.Parse("2001:db8::/64"), Gateway = IPAddress.Parse("2001:db8::1") },
            ],
        });
        await test.Made(new Project { Name = "shop" });
        await test.MadeNode("h1", "192.0.2.1");
        await test.MadeNetwork("front", "10.1.0.0/24");
        await test.MadeNetwork("dual", "10.2.0.0/24", "fd00:2::/64");
        await test.Made(new Port { Name = "web", Network = "front", Node = "h1" });
        await test.Made(new Port { Name = "both", Network = "dual" });
    }

    public ValueTask DisposeAsync() => test.DisposeAsync();

    static FloatingIp Floating(string name = "", string? port = null, string? address = null) => new()
    {
        Name = name,
        ExternalNetwork = "internet",
        Port = port,
        Address = address is null ? null : IPAddress.Parse(address),
    };

    async Task<string> Refused(Resource document) => (await test.Put(document) switch
    {
        Outcome.Committed => throw new InvalidOperationException("was not refused"),
        var outcome => outcome,
    }).Describe();

    [Fact]
    public async Task The_lowest_address_that_was_never_used_comes_first()
    {
        var first = await test.Made(Floating("a"));
        await test.Delete(ResourceKey.Of(first));
        var second = await test.Made(Floating("b"));

        Assert.Equal(("203.0.113.100", "203.0.113.101"), ($"{first.Address}", $"{second.Address}"));
    }

    [Fact]
    public async Task One_without_a_name_is_called_by_its_address() =>
        Assert.Equal("ip-203-0-113-100", (await test.Made(Floating())).Name);

    [Fact]
    public async Task An_exhausted_pool_says_which_and_what_helps()
    {
        foreach (var name in (string[])["a", "b", "c"])
            await test.Made(Floating(name, "web") with { PortMappings = [new() { Protocol = "tcp", Ports = new(80, 80) }] });

        Assert.Equal(
            "address: no address is left in the pools of 203.0.113.0/24 of external network internet: delete floating IPs, widen the pools or add a subnet",
            await Refused(Floating("d", "web") with { PortMappings = [new() { Protocol = "tcp", Ports = new(80, 80) }] }));
    }

    [Fact]
    public async Task Without_a_target_an_exhausted_ipv4_gives_way_to_ipv6()
    {
        foreach (var name in (string[])["a", "b", "c"])
            await test.Made(Floating(name));

        Assert.Equal("2001:db8::2", $"{(await test.Made(Floating("d"))).Address}");
    }

    [Theory]
    [InlineData("198.51.100.7", "198.51.100.7 is in no subnet of external network internet (203.0.113.0/24, 2001:db8::/64)")]
    [InlineData("203.0.113.1", "203.0.113.1 is the gateway of 203.0.113.0/24")]
    [InlineData("203.0.113.0", "203.0.113.0 is not the address of a host in 203.0.113.0/24")]
    [InlineData("203.0.113.255", "203.0.113.255 is not the address of a host in 203.0.113.0/24")]
    [InlineData("203.0.113.7", "203.0.113.7 is outside of the pools of 203.0.113.0/24 of external network internet (203.0.113.100-203.0.113.102)")]
    public async Task An_address_that_is_not_given_out_is_refused(string address, string message) =>
        Assert.Equal($"address: {message}", await Refused(Floating("a", address: address)));

    [Fact]
    public async Task A_taken_address_is_refused_with_who_has_it()
    {
        await test.Made(Floating("a", address: "203.0.113.101"));

        Assert.Equal("address: 203.0.113.101 is taken by floating-ip a", await Refused(Floating("b", address: "203.0.113.101")));
    }

    [Fact]
    public async Task What_another_project_has_is_not_told()
    {
        await test.Made(Floating("secret", address: "203.0.113.101") with { Project = "shop" });

        Assert.Equal("address: 203.0.113.101 is taken by another project", await Refused(Floating("b", address: "203.0.113.101")));
    }

    [Fact]
    public async Task An_egress_address_is_nobody_elses()
    {
        await test.Made(Egress("way", "203.0.113.100"));

        Assert.Equal("address: 203.0.113.100 is taken by router way", await Refused(Floating("a", address: "203.0.113.100")));
        Assert.Equal("203.0.113.101", $"{(await test.Made(Floating("b"))).Address}");
        Assert.Equal("externalGateway.egressAddresses['h1'][0]: 203.0.113.101 is taken by floating-ip b", await Refused(Egress("other", "203.0.113.101")));
    }

    [Fact]
    public async Task What_is_taken_is_known_after_a_restart()
    {
        await test.Made(Egress("way", "203.0.113.100"));
        await test.Made(Floating("a"));
        await test.RestartAsync();

        Assert.Equal("203.0.113.102", $"{(await test.Made(Floating("b"))).Address}");
    }

    static Router Egress(string name, string address) => new()
    {
        Name = name,
        ExternalGateway = new()
        {
            ExternalNetwork = "internet",
            EgressAddresses = new Dictionary<string, IReadOnlyList<IPAddress>> { ["h1"] = [IPAddress.Parse(address)] },
        },
    };

    [Fact]
    public async Task What_is_written_twice_changes_nothing()
    {
        var made = await test.Made(Floating("a", "web"));

        Assert.False(Assert.IsType<Outcome.Committed>(await test.Put(Floating("a", "web"))).Changed);
        Assert.Equal("203.0.113.100", $"{made.Address}");
    }

    [Fact]
    public async Task Address_and_external_network_are_fixed()
    {
        await test.Made(Floating("a"));
        await test.Made(new ExternalNetwork { Name = "lab", Subnets = [new() { Prefix = IPNetwork.Parse("198.51.100.0/24") }] });

        Assert.Contains("address: cannot change from 203.0.113.100 to 203.0.113.101", await Refused(Floating("a", address: "203.0.113.101")));
        Assert.Contains("externalNetwork: cannot change from internet to lab", await Refused(Floating("a") with { ExternalNetwork = "lab" }));
    }

    [Fact]
    public async Task It_moves_by_naming_another_port()
    {
        await test.Made(Floating("a", "web"));
        await test.Put(Floating("a", "both"));

        Assert.Equal(("both", "203.0.113.100"), test.Snapshot.All<FloatingIp>().Select(floating => (floating.Port, $"{floating.Address}")).Single());
    }

    [Fact]
    public async Task A_port_of_another_project_is_none() => Assert.Equal(
        "port: there is no port 'web' in project shop", await Refused(Floating("a", "web") with { Project = "shop" }));

    [Fact]
    public async Task An_address_inside_is_one_address_outside()
    {
        await test.Made(Floating("a", "web"));

        Assert.Equal(
            "port: web has floating IP a (203.0.113.100) in external network internet already; release that one, or give port mappings",
            await Refused(Floating("b", "web")));
        await test.Made(Floating("b", "web") with { PortMappings = [new() { Protocol = "tcp", Ports = new(80, 80) }] });
    }

    [Fact]
    public async Task Each_family_of_a_port_may_have_its_own()
    {
        var four = await test.Made(Floating("a", "both"));
        var six = await test.Made(Floating("b", "both", "2001:db8::7"));

        Assert.Equal(("203.0.113.100", "2001:db8::7"), ($"{four.Address}", $"{six.Address}"));
    }

    [Fact]
    public async Task A_target_address_decides_the_family()
    {
        var inside = test.Snapshot.Find<Port>(ResourceKey.Port("default", "both"))!.Addresses![1];

        Assert.Equal("2001:db8::2", $"{(await test.Made(Floating("a", "both") with { TargetAddress = inside })).Address}");
    }

    [Fact]
    public async Task A_target_without_an_address_of_the_family_is_refused() => Assert.Equal(
        "port: port web has no IPv6 address for 2001:db8::7 to lead to", await Refused(Floating("a", "web", "2001:db8::7")));

    [Fact]
    public async Task A_target_address_that_the_port_has_not_is_refused() => Assert.StartsWith(
        "targetAddress: 10.1.0.77 is no address of port web (10.1.0.", await Refused(Floating("a", "web") with { TargetAddress = IPAddress.Parse("10.1.0.77") }));

    [Fact]
    public async Task An_internal_network_has_no_way_in()
    {
        await test.Made(new Network { Name = "inner", Internal = true });
        await test.Made(new Port { Name = "db", Network = "inner" });

        Assert.Equal("port: db is in network inner, which is internal: it has no way in or out", await Refused(Floating("a", "db")));
    }

    [Fact]
    public async Task A_network_with_a_way_in_cannot_become_internal()
    {
        await test.Made(Floating("a", "web"));
        var front = test.Snapshot.Find<Network>(ResourceKey.Network("default", "front"))!;

        Assert.Equal(
            "network front (project default) cannot become internal: it has a way out or in by floating-ip a", await Refused(front with { Internal = true }));
    }

    [Fact]
    public async Task A_port_that_it_leads_to_is_not_deleted_in_passing()
    {
        await test.Made(Floating("a", "web"));

        Assert.Equal("port web (project default) is named by floating-ip a", (await test.Delete(ResourceKey.Port("default", "web"))).Describe());
    }

    [Fact]
    public async Task One_whose_port_went_with_its_container_waits_for_the_next_of_the_name()
    {
        await test.Made(Floating("a", "web"));
        await test.Cluster.ApplyAsync(new Write.Delete(ResourceKey.Port("default", "web")) { Force = true }, TestCluster.Token);

        Assert.IsType<Outcome.Committed>(await test.Put(Floating("a", "web")));
        Assert.Contains("there is no port 'ghost'", await Refused(Floating("a", "ghost")));
    }

    [Fact]
    public async Task It_follows_a_port_that_gets_another_name()
    {
        var web = test.Snapshot.Find<Port>(ResourceKey.Port("default", "web"))!;
        await test.Made(Floating("a", "web"));
        await test.Cluster.ApplyAsync(
            new Write.UpdatePort(web.Uid) { Name = "shop", Aliases = [], Labels = new Dictionary<string, string>() }, TestCluster.Token);

        Assert.Equal("shop", test.Snapshot.All<FloatingIp>().Single().Port);
    }

    [Fact]
    public async Task The_host_s_own_way_out_gives_out_none() => Assert.Equal(
        "externalNetwork: outside has no subnets, so it gives out no floating IPs", await Refused(new FloatingIp { Name = "a" }));

    [Fact]
    public async Task An_external_network_in_use_is_not_deleted()
    {
        await test.Made(Floating("a") with { Project = "shop" });
        await test.Made(new Network { Name = "out", ExternalGateway = new() { ExternalNetwork = "internet" } });

        Assert.Equal(
            "external network internet is used by floating-ip a (project shop), network out (project default)",
            (await test.Delete(ResourceKey.ExternalNetwork("internet"))).Describe());
    }

    [Fact]
    public async Task A_subnet_with_addresses_in_use_cannot_go()
    {
        await test.Made(Floating("a"));
        var internet = test.Snapshot.Find<ExternalNetwork>(ResourceKey.ExternalNetwork("internet"))!;

        Assert.Equal(
            "subnet 203.0.113.0/24 cannot go: it has addresses of floating-ip a (project default)",
            await Refused(internet with { Subnets = [internet.Subnets![1]] }));
        Assert.Equal(
            "subnets[0].gateway: 203.0.113.100 is taken by floating-ip a (project default)",
            await Refused(internet with { Subnets = [internet.Subnets![0] with { Gateway = IPAddress.Parse("203.0.113.100") }, internet.Subnets[1]] }));
    }

    [Fact]
    public async Task Many_at_once_get_addresses_of_their_own()
    {
        await test.Made(new ExternalNetwork { Name = "wide", Subnets = [new() { Prefix = IPNetwork.Parse("198.18.0.0/16") }] });

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => test.Put(new FloatingIp { Name = $"f{i}", ExternalNetwork = "wide" })));

        Assert.All(outcomes, outcome => Assert.IsType<Outcome.Committed>(outcome));
        var addresses = test.Snapshot.All<FloatingIp>().Select(floating => floating.Address!.ToNumber()).ToList();
        Assert.Distinct(addresses);
        Assert.Equal(500, (int)(addresses.Max() - addresses.Min()) + 1);
    }
}
