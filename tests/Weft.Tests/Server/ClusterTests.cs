using System.Collections.Concurrent;
using System.Net;
using Weft.Model.Addressing;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;

namespace Weft.Tests.Server;

public sealed class ClusterTests
{
    [Fact]
    public async Task A_network_without_anything_gets_number_and_subnet_and_keeps_them()
    {
        await using var test = await TestCluster.StartAsync();

        var first = await test.Made(new Network { Name = "one" });
        var second = await test.Made(new Network { Name = "two" });
        await test.RestartAsync();

        Assert.Equal("10.0.0.0/24", Assert.Single(first.Subnets!).Prefix.ToString());
        Assert.Equal("10.0.0.1", first.Subnets![0].Gateway!.ToString());
        Assert.Equal("10.0.1.0/24", Assert.Single(second.Subnets!).Prefix.ToString());
        Assert.NotEqual(first.Vni, second.Vni);
        Assert.Equal(first.Uid, test.Snapshot.Find<Network>(ResourceKey.Network("default", "one"))!.Uid);
        Assert.Equal(first.Revision, test.Snapshot.Find<Network>(first.Uid)!.Revision);
    }

    [Fact]
    public async Task A_port_gets_name_mac_and_one_address_of_each_family()
    {
        await using var test = await TestCluster.StartAsync();
        await test.MadeNetwork("dual", "10.1.0.0/24", "fd00:1::/64");

        var port = await test.Made(new Port { Network = "dual" });

        Assert.Matches("^port-[0-9a-f]{8}$", port.Name);
        Assert.Equal(["10.1.0.2", "fd00:1::2"], port.Addresses!.Select(address => address.ToString()));
        Assert.True(port.MacAddress!.Value.IsUnicast);
        Assert.Equal(2u, (uint)(port.MacAddress.Value.Value >> 40));
    }

    [Fact]
    public async Task What_another_allocator_uses_is_given_out_from_the_end()
    {
        await using var test = await TestCluster.StartAsync();
        await test.Made(new Network
        {
            Name = "shared",
            ExternalIpam = true,
            Subnets = [new() { Prefix = IPNetwork.Parse("10.1.0.0/24") }],
        });

        Assert.Equal("10.1.0.254", (await test.Made(new Port { Network = "shared" })).Addresses![0].ToString());
        Assert.Equal("10.1.0.253", (await test.Made(new Port { Network = "shared" })).Addresses![0].ToString());
    }

    [Fact]
    public async Task Applying_the_same_document_again_changes_nothing()
    {
        await using var test = await TestCluster.StartAsync();
        var network = new Network { Name = "one", Labels = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" } };
        await test.Put(network);
        var revision = test.Snapshot.Revision;

        var outcome = await test.Put(network);

        Assert.False(Assert.IsType<Outcome.Committed>(outcome).Changed);
        Assert.Equal(revision, test.Snapshot.Revision);
    }

    [Fact]
    public async Task Ports_made_at_the_same_time_never_share_an_address()
    {
        await using var test = await TestCluster.StartAsync();
        await test.MadeNetwork("small", "10.1.0.0/24");

        var outcomes = new ConcurrentBag<Outcome>();
        await Parallel.ForAsync(0, 300, TestCluster.Token, async (_, _) => outcomes.Add(await test.Put(new Port { Network = "small" })));

        var ports = outcomes.OfType<Outcome.Committed>().Select(committed => (Port)committed.Resource).ToList();
        Assert.Equal(253, ports.Count);
        Assert.Equal(47, outcomes.OfType<Outcome.Exhausted>().Count());
        Assert.Equal(253, ports.SelectMany(port => port.Addresses!).Distinct().Count());
        Assert.Equal(253, ports.Select(port => port.MacAddress).Distinct().Count());
        Assert.Equal(253, ports.Select(port => port.Revision).Distinct().Count());
    }

    [Fact]
    public async Task A_taken_address_is_refused_with_the_name_of_who_has_it()
    {
        await using var test = await TestCluster.StartAsync();
        await test.MadeNode("h1", "192.0.2.1");
        await test.MadeNetwork("front", "10.1.0.0/24");
        await test.Made(new Port { Name = "web", Network = "front", Node = "h1", Addresses = [IPAddress.Parse("10.1.0.9")] });

        var outcome = await test.Put(new Port { Name = "other", Network = "front", Addresses = [IPAddress.Parse("10.1.0.9")] });

        var fault = Assert.Single(Assert.IsType<Outcome.Conflict>(outcome).Faults);
        Assert.Equal("addresses[0]", fault.Path);
        Assert.Equal("10.1.0.9 is taken by port web on node h1", fault.Message);
    }

    [Fact]
    public async Task A_released_address_is_used_again_only_when_no_other_is_left()
    {
        await using var test = await TestCluster.StartAsync();
        await test.MadeNetwork("tiny", "10.1.0.0/29");
        var first = await test.Made(new Port { Network = "tiny" });
        await test.Delete(ResourceKey.Of(first));

        var next = new List<string>();
        for (var i = 0; i < 5; i++)
            next.Add((await test.Made(new Port { Network = "tiny" })).Addresses![0].ToString());

        Assert.Equal(["10.1.0.3", "10.1.0.4", "10.1.0.5", "10.1.0.6", "10.1.0.2"], next);
    }

    [Fact]
    public async Task A_reservation_goes_to_the_port_of_its_node_and_comes_back()
    {
        await using var test = await TestCluster.StartAsync();
        await test.MadeNode("h1", "192.0.2.1");
        await test.MadeNode("h2", "192.0.2.2");
        await test.MadeNetwork("front", "10.1.0.0/24");
        var held = await test.Made(new AddressReservation { Network = "front", Node = "h1" });

        var stranger = await test.Put(new Port { Network = "front", Node = "h2", Addresses = [held.Address!] });
        var port = await test.Made(new Port { Network = "front", Node = "h1", Addresses = [held.Address!] });
        Assert.IsType<Outcome.Conflict>(stranger);
        Assert.Empty(test.Snapshot.All<AddressReservation>());

        await test.Cluster.ApplyAsync(new Write.Delete(ResourceKey.Of(port)) { KeepAddresses = true }, TestCluster.Token);
        var kept = Assert.Single(test.Snapshot.All<AddressReservation>());
        Assert.Equal((held.Address, "h1"), (kept.Address, kept.Node));
        Assert.Equal("10.1.0.3", (await test.Made(new Port { Network = "front" })).Addresses![0].ToString());
    }

    [Fact]
    public async Task A_network_in_use_says_who_uses_it()
    {
        await using var test = await TestCluster.StartAsync();
        await test.MadeNode("h1", "192.0.2.1");
        var network = await test.MadeNetwork("front", "10.1.0.0/24");
        for (var i = 1; i <= 7; i++)
            await test.Made(new Port { Name = $"web-{i}", Network = "front", Node = "h1" });

        var outcome = await test.Delete(ResourceKey.Of(network));

        var inUse = Assert.IsType<Outcome.InUse>(outcome);
        Assert.Equal(7, inUse.Count);
        Assert.Equal(5, inUse.Users.Length);
        Assert.Equal("network front (project default) has 7 ports: web-1 (node h1), web-2 (node h1), "
            + "web-3 (node h1), web-4 (node h1), web-5 (node h1) and 2 more", inUse.Message);
    }

    [Fact]
    public async Task A_port_that_takes_a_name_in_use_gets_a_number()
    {
        await using var test = await TestCluster.StartAsync();
        await test.MadeNetwork("front", "10.1.0.0/24");
        await test.Made(new Port { Name = "web", Network = "front" });
        var port = await test.Made(new Port { Network = "front" });

        var outcome = await test.Cluster.ApplyAsync(
            new Write.UpdatePort(port.Uid) { Name = "web", Aliases = ["www"], Labels = new Dictionary<string, string>() },
            TestCluster.Token);

        var renamed = (Port)Assert.IsType<Outcome.Committed>(outcome).Resource;
        Assert.Equal(("web-2", port.Uid), (renamed.Name, renamed.Uid));
        Assert.Equal(port.Addresses!, renamed.Addresses!);
        Assert.Null(test.Snapshot.Find<Port>(ResourceKey.Of(port)));
        Assert.Equal("web-2", test.Snapshot.Find<Port>(port.Uid)!.Name);
    }

    [Fact]
    public async Task Followers_see_every_commit_once_and_in_order()
    {
        await using var test = await TestCluster.StartAsync();
        await test.MadeNetwork("front", "10.1.0.0/24");
        var start = test.Snapshot;
        var writing = Parallel.ForAsync(0, 100, TestCluster.Token, async (_, _) => await test.Put(new Port { Network = "front" }));

        var followed = start;
        await foreach (var commits in test.Cluster.FollowAsync(start.Revision, TestCluster.Token))
        {
            foreach (var commit in commits)
            {
                Assert.True(commit.Revision > followed.Revision);
                followed = followed.With(commit.Changes, commit.Revision);
            }
            if (followed.Revision == start.Revision + 100)
                break;
        }
        await writing;

        Assert.Equal(test.Snapshot.Resources.OrderBy(pair => pair.Key).Select(pair => pair.Value.Revision),
            followed.Resources.OrderBy(pair => pair.Key).Select(pair => pair.Value.Revision));
    }

    [Fact]
    public async Task Every_fault_of_a_document_is_told_with_its_path()
    {
        await using var test = await TestCluster.StartAsync();

        var outcome = await test.Put(new Network
        {
            Name = "Bad Name",
            Project = "nowhere",
            Mtu = 1000,
            Vni = 1 << 24,
            Subnets =
            [
                new() { Prefix = IPNetwork.Parse("10.1.0.0/24"), Gateway = IPAddress.Parse("10.2.0.1") },
                new() { Prefix = IPNetwork.Parse("10.1.0.128/25"), Pools = [new(IPAddress.Parse("10.1.0.200"), IPAddress.Parse("10.1.0.150"))] },
                new() { Prefix = IPNetwork.Parse("fd00::/16") },
            ],
        });

        var paths = Assert.IsType<Outcome.Invalid>(outcome).Faults.Select(fault => fault.Path).Order(StringComparer.Ordinal);
        Assert.Equal(
            ["mtu", "name", "project", "subnets[0].gateway", "subnets[1].pools[0]", "subnets[1].prefix", "subnets[2].prefix", "vni"],
            paths);
    }

    [Fact]
    public async Task A_subnet_with_addresses_in_use_cannot_go()
    {
        await using var test = await TestCluster.StartAsync();
        var network = await test.MadeNetwork("front", "10.1.0.0/24", "10.2.0.0/24");
        await test.Made(new Port { Name = "web", Network = "front" });

        var outcome = await test.Put(network with { Subnets = [network.Subnets![1]] });
        var other = await test.Put(network with { Subnets = [network.Subnets![0]] });

        Assert.Equal("subnet 10.1.0.0/24 cannot go: it has addresses of 1 port: web",
            Assert.IsType<Outcome.InUse>(outcome).Message);
        Assert.IsType<Outcome.Committed>(other);
    }

    [Fact]
    public async Task A_write_with_an_old_revision_is_refused()
    {
        await using var test = await TestCluster.StartAsync();
        var network = await test.MadeNetwork("front", "10.1.0.0/24");

        var tasks = Enumerable.Range(1280, 20).Select(mtu => test.Cluster.ApplyAsync(
            new Write.Put(network with { Mtu = mtu }) { IfRevision = network.Revision }, TestCluster.Token)).ToList();
        var outcomes = await Task.WhenAll(tasks);

        Assert.Single(outcomes.OfType<Outcome.Committed>());
        Assert.Equal(19, outcomes.OfType<Outcome.RevisionMismatch>().Count(mismatch => mismatch.Actual > network.Revision));
    }

    [Fact]
    public async Task The_gateway_mac_is_nobodys()
    {
        await using var test = await TestCluster.StartAsync();
        await test.MadeNetwork("front", "10.1.0.0/24");

        var outcome = await test.Put(new Port { Network = "front", MacAddress = MacAddress.Gateway });

        Assert.Equal("macAddress", Assert.Single(Assert.IsType<Outcome.Invalid>(outcome).Faults).Path);
    }

    [Fact]
    public async Task A_network_that_exists_is_the_answer_when_its_subnets_agree()
    {
        await using var test = await TestCluster.StartAsync();
        var made = await test.MadeNetwork("front", "10.1.0.0/24");
        Network Asked(string prefix) => new() { Name = "front", Subnets = [new() { Prefix = IPNetwork.Parse(prefix) }] };

        var same = await test.Put(Asked("10.1.0.0/24"), PutMode.CreateOrExisting);
        var any = await test.Put(new Network { Name = "front", ExternalIpam = true }, PutMode.CreateOrExisting);
        var other = await test.Put(Asked("10.2.0.0/24"), PutMode.CreateOrExisting);

        Assert.Equal((made.Uid, false), (Assert.IsType<Outcome.Committed>(same).Resource.Uid, ((Outcome.Committed)same).Changed));
        Assert.True(((Network)Assert.IsType<Outcome.Committed>(any).Resource).ExternalIpam);
        Assert.Contains("exists with 10.1.0.0/24 gateway 10.1.0.1", Assert.IsType<Outcome.Conflict>(other).Describe(), StringComparison.Ordinal);
        Assert.Equal("10.1.0.254", (await test.Made(new Port { Network = "front" })).Addresses![0].ToString());
    }

    [Fact]
    public async Task A_project_comes_with_the_network_that_asks_for_it()
    {
        await using var test = await TestCluster.StartAsync();

        var outcome = await test.Cluster.ApplyAsync(
            new Write.Put(new Network { Name = "front", Project = "shop" }) { MakeProject = true }, TestCluster.Token);

        Assert.IsType<Outcome.Committed>(outcome);
        Assert.NotNull(test.Snapshot.Find<Project>(ResourceKey.OfProject("shop")));
        Assert.IsType<Outcome.InUse>(await test.Delete(ResourceKey.OfProject("shop")));
        await test.Delete(ResourceKey.Network("shop", "front"));
        Assert.IsType<Outcome.Committed>(await test.Delete(ResourceKey.OfProject("shop")));
    }

    [Fact]
    public async Task A_node_with_ports_goes_only_by_force_and_takes_them_along()
    {
        await using var test = await TestCluster.StartAsync();
        var node = await test.MadeNode("h1", "192.0.2.1");
        await test.MadeNode("h2", "192.0.2.2");
        await test.MadeNetwork("front", "10.1.0.0/24");
        await test.Made(new Port { Name = "web", Network = "front", Node = "h1" });
        var other = await test.Made(new Port { Name = "db", Network = "front", Node = "h2" });
        await test.Made(new AddressReservation { Network = "front", Node = "h1" });

        var refused = await test.Delete(ResourceKey.Of(node));
        var forced = await test.Cluster.ApplyAsync(new Write.Delete(ResourceKey.Of(node)) { Force = true }, TestCluster.Token);

        Assert.Equal("node h1 has 1 port: web (node h1)", Assert.IsType<Outcome.InUse>(refused).Message);
        Assert.IsType<Outcome.Committed>(forced);
        Assert.Equal(other.Uid, Assert.Single(test.Snapshot.All<Port>()).Uid);
        Assert.Empty(test.Snapshot.All<AddressReservation>());
        Assert.Equal(3u, (await test.MadeNode("h3", "192.0.2.3")).Number);
    }

    [Fact]
    public async Task What_another_server_wrote_is_seen_before_the_next_write()
    {
        await using var test = await TestCluster.StartAsync();
        var network = await test.MadeNetwork("front", "10.1.0.0/24");
        var behind = test.Cluster.Current.Revision;
        // As another server would, past this one's memory.
        await test.Store.CommitAsync(new([], [network with { Mtu = 1300 }], []), TestCluster.Token);

        var port = await test.Put(new Port { Network = "front" });
        var followed = new List<string>();
        await foreach (var commits in test.Cluster.FollowAsync(behind, TestCluster.Token))
        {
            followed.AddRange(commits.SelectMany(commit => commit.Changes).Select(change => change.Key.Kind));
            if (followed.Count >= 2)
                break;
        }

        Assert.IsType<Outcome.Committed>(port);
        Assert.Equal(1300, test.Snapshot.Find<Network>(network.Uid)!.Mtu);
        Assert.Equal(["network", "port"], followed);
    }
}
