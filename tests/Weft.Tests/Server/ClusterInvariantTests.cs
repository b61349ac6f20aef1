using System.Net;
using CsCheck;
using Weft.Model.Addressing;
using Weft.Model.Json;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;

namespace Weft.Tests.Server;

/// <summary>Random writes, some at the same time; then what must hold of any cluster.</summary>
public sealed class ClusterInvariantTests
{
    static readonly Gen<string> Project = Gen.Int[0, 1].Select(i => i == 0 ? "default" : "shop");
    static readonly Gen<string> Net = Gen.Int[0, 3].Select(i => $"net-{i}");
    static readonly Gen<string?> Host = Gen.Int[0, 2].Select(i => i == 0 ? null : $"h{i}");
    static readonly Gen<string> PortName = Gen.Int[0, 15].Select(i => $"p-{i}");
    static readonly Gen<IPAddress?> Address = Gen.Int[0, 20].Select(i => i > 10 ? null : IPAddress.Parse($"10.1.0.{i}"));

    static readonly Gen<Write> Writes = Gen.Frequency(
        (2, Gen.Select(Project, Net, Gen.Bool, Gen.Bool, Gen.Enum<PutMode>(), MakeNetwork)),
        (1, Gen.Select(Project, Net, (project, net) => (Write)new Write.Delete(ResourceKey.Network(project, net)))),
        (8, Gen.Select(Project, Net, PortName, Host, Address, Gen.Enum<PutMode>(), MakePort)),
        (4, Gen.Select(Project, PortName, Gen.Bool, (project, name, keep) =>
            (Write)new Write.Delete(ResourceKey.Port(project, name)) { KeepAddresses = keep })),
        (3, Gen.Select(Project, Net, Host, Address, MakeReservation)),
        (2, Gen.Select(Project, Net, Gen.Int[2, 10], (project, net, i) =>
            (Write)new Write.Delete(ResourceKey.Address(project, net, IPAddress.Parse($"10.1.0.{i}"))))),
        (1, Gen.Int[1, 2].Select(i => (Write)new Write.Put(new Node { Name = $"h{i}", FabricAddress = IPAddress.Parse($"192.0.2.{i}") }))),
        (1, Gen.Int[1, 2].Select(i => (Write)new Write.Delete(ResourceKey.Node($"h{i}")) { Force = true })));

    [Fact]
    public async Task Whatever_is_written_the_cluster_stays_whole()
    {
        await using var test = await TestCluster.StartAsync();
        await test.Made(new Project { Name = "shop" });
        var start = test.Snapshot;
        var committed = 0;

        foreach (var burst in Writes.Array[1, 12].Array[150].Single())
        {
            var outcomes = await Task.WhenAll(burst.Select(write => test.Cluster.ApplyAsync(write, TestCluster.Token)));
            committed += outcomes.OfType<Outcome.Committed>().Count(outcome => outcome.Changed);
            CheckWhole(test.Snapshot);
        }
        var followed = await FollowAsync(test, start);
        var before = Texts(test.Snapshot);
        await test.RestartAsync();

        Assert.True(committed > 100, $"{committed} committed");
        Assert.Equal(before, Texts(followed));
        Assert.Equal(before, Texts(test.Snapshot));
        CheckWhole(test.Snapshot);
    }

    static Write MakeNetwork(string project, string name, bool second, bool external, PutMode mode) => new Write.Put(new Network
    {
        Project = project,
        Name = name,
        ExternalIpam = external,
        Subnets = second
            ? [new() { Prefix = IPNetwork.Parse("10.1.0.0/28") }, new() { Prefix = IPNetwork.Parse("fd00::/124") }]
            : [new() { Prefix = IPNetwork.Parse("10.1.0.0/28") }],
    })
    { Mode = mode };

    static Write MakePort(string project, string network, string name, string? node, IPAddress? address, PutMode mode) =>
        new Write.Put(new Port
        {
            Project = project,
            Network = network,
            Name = name,
            Node = node,
            Addresses = address is null ? null : [address],
        })
        { Mode = mode };

    static Write MakeReservation(string project, string network, string? node, IPAddress? address) =>
        new Write.Put(new AddressReservation { Project = project, Network = network, Node = node, Address = address });

    static void CheckWhole(Snapshot snapshot)
    {
        foreach (var network in snapshot.All<Network>())
            CheckNetwork(network, snapshot);
        Assert.All(snapshot.All<Port>(), port => Assert.True(port.Node is null || snapshot.Find<Node>(ResourceKey.Node(port.Node)) is not null));
        Assert.Distinct(snapshot.All<Network>().Select(network => network.Vni));
        Assert.Distinct(snapshot.All<Node>().Select(node => node.Number));
        CheckIndexes(snapshot);
    }

    static void CheckNetwork(Network network, Snapshot snapshot)
    {
        var members = snapshot.MembersOf(ResourceKey.Of(network)).ToList();
        var addresses = members.SelectMany(member => member is Port port ? port.Addresses! : [((AddressReservation)member).Address!]).ToList();
        Assert.Distinct(addresses);
        Assert.Distinct(members.OfType<Port>().Select(port => port.MacAddress));
        Assert.All(addresses, address =>
        {
            var subnet = Assert.Single(network.Subnets!, subnet => subnet.Prefix.Contains(address));
            Assert.NotEqual(subnet.Gateway, address);
            Assert.NotEqual(subnet.Prefix.First(), address.ToNumber());
        });
    }

    /// <summary>Each index is what one makes from the resources alone.</summary>
    static void CheckIndexes(Snapshot snapshot)
    {
        var anew = Snapshot.Empty.With([.. snapshot.Resources.Select(pair => new Change(pair.Key, null, pair.Value))], snapshot.Revision);
        Assert.Equal(anew.ByUid.OrderBy(pair => pair.Key), snapshot.ByUid.OrderBy(pair => pair.Key));
        Assert.Equal(anew.NetworkByVni.OrderBy(pair => pair.Key), snapshot.NetworkByVni.OrderBy(pair => pair.Key));
        Assert.Equal(Members(anew), Members(snapshot));
        Assert.Equal(anew.Keys.SelectMany(kind => kind.Value).Order(), snapshot.Keys.SelectMany(kind => kind.Value).Order());
        Assert.Equal(snapshot.Resources.Keys.Order(), snapshot.Keys.SelectMany(kind => kind.Value).Order());
    }

    static IEnumerable<(ResourceKey, ResourceKey)> Members(Snapshot snapshot) =>
        snapshot.ByNetwork.SelectMany(network => network.Value.Select(member => (network.Key, member))).Order();

    static async Task<Snapshot> FollowAsync(TestCluster test, Snapshot start)
    {
        var followed = start;
        await foreach (var commits in test.Cluster.FollowAsync(start.Revision, TestCluster.Token))
        {
            foreach (var commit in commits)
                followed = followed.With(commit.Changes, commit.Revision);
            if (followed.Revision == test.Snapshot.Revision)
                break;
        }
        return followed;
    }

    static IEnumerable<string> Texts(Snapshot snapshot) => snapshot.Resources.OrderBy(pair => pair.Key)
        .Select(pair => System.Text.Encoding.UTF8.GetString(WeftJson.ToUtf8(pair.Value)));
}
