using System.Net;
using CsCheck;
using Weft.Compiler;
using Weft.Model.Addressing;
using Weft.Model.Json;
using Weft.Model.Resources;
using Weft.Model.Rules;
using Weft.Model.State;
using Weft.Rules;
using Weft.Server.Commits;
using Weft.Server.Planning;

namespace Weft.Tests.Server;

/// <summary>Random writes, some at the same time; then what must hold of any cluster.</summary>
public sealed class ClusterInvariantTests
{
    static readonly Gen<string> Project = Gen.Int[0, 1].Select(i => i == 0 ? "default" : "shop");
    static readonly Gen<string> Net = Gen.Int[0, 3].Select(i => $"net-{i}");
    static readonly Gen<string?> Host = Gen.Int[0, 2].Select(i => i == 0 ? null : $"h{i}");
    static readonly Gen<string> PortName = Gen.Int[0, 15].Select(i => $"p-{i}");
    static readonly Gen<IPAddress?> Address = Gen.Int[0, 20].Select(i => i > 10 ? null : IPAddress.Parse($"10.1.0.{i}"));

    static readonly Gen<string> Group = Gen.Int[0, 2].Select(i => $"g-{i}");
    static readonly Gen<string[]?> Groups = Gen.Select(Gen.Bool, Group.Array[0, 2], (given, groups) => given ? groups : null);
    static readonly Gen<PolicyEndpoint?> End = Gen.Select(Gen.Int[0, 19], Net, Project, Group, (form, net, project, group) => form switch
    {
        0 => null,
        1 => new PolicyEndpoint { SecurityGroup = group },
        2 => new() { Network = $"{project}/{net}" },
        3 => new() { ExternalNetwork = "outside" },
        _ => new() { Network = net },
    });

    static readonly Gen<PolicyRule> Rule = Gen.Select(End, End, Gen.Int[0, 7], (from, to, kind) => new PolicyRule
    {
        Id = kind == 3 ? 2u : 0,
        Action = kind == 0 ? Policy.Deny : Policy.Allow,
        From = from,
        // The one that others seldom overlap.
        To = kind > 3 ? new() { Network = "net-3" } : to,
    });

    static readonly Gen<Write> Writes = Gen.Frequency(
        (16, OutsideWrites.Any),
        (2, Gen.Select(Project, Net, Gen.Bool, Gen.Bool, Gen.Enum<PutMode>(), MakeNetwork)),
        (8, Gen.Select(Project, Gen.Int[0, 3], Net.Array[1, 2], Rule.Array[1, 2], Gen.Enum<PutMode>(), MakePolicy)),
        (1, Gen.Select(Project, Gen.Int[0, 3], (project, i) => (Write)new Write.Delete(ResourceKey.Policy(project, $"pol-{i}")))),
        (2, Gen.Select(Project, Group, Group, Gen.Enum<PutMode>(), MakeGroup)),
        (1, Gen.Select(Project, Group, (project, group) => (Write)new Write.Delete(ResourceKey.SecurityGroup(project, group)))),
        (1, Gen.Select(Project, Group, Gen.Bool, (project, group, has) =>
            (Write)new Write.Put(new Project { Name = project, DefaultSecurityGroup = has ? group : null }))),
        (1, Gen.Select(Project, Net, (project, net) => (Write)new Write.Delete(ResourceKey.Network(project, net)))),
        (8, Gen.Select(Project, Net, PortName, Host, Address, Gen.Select(Gen.Enum<PutMode>(), Groups), MakePort)),
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
        foreach (var (project, i) in new[] { "default", "shop" }.SelectMany(project => Enumerable.Range(0, 4).Select(i => (project, i))))
            await test.Cluster.ApplyAsync(MakeNetwork(project, $"net-{i}", false, false, PutMode.Create), TestCluster.Token);
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

        Assert.True(
            committed > 100 && joining > 2 && reaching > 2,
            $"{committed} committed, {joining} of them policies and routers that join, {reaching} floating IPs that lead somewhere");
        Assert.Equal(before, Texts(followed));
        Assert.Equal(before, Texts(test.Snapshot));
        CheckWhole(test.Snapshot);
    }

    static Write MakeNetwork(string project, string name, bool second, bool external, PutMode mode) => new Write.Put(new Network
    {
        Project = project,
        Name = name,
        ExternalIpam = external,
        // The last one overlaps the others now and then, so that joining it is refused now and then.
        Subnets = name == "net-3" && !(second && external)
            ? [new() { Prefix = IPNetwork.Parse("10.2.0.0/28") }]
            : second
            ? [new() { Prefix = IPNetwork.Parse("10.1.0.0/28") }, new() { Prefix = IPNetwork.Parse("fd00::/124") }]
            : [new() { Prefix = IPNetwork.Parse("10.1.0.0/28") }],
    })
    { Mode = mode };

    static Write MakePolicy(string project, int number, string[] networks, PolicyRule[] rules, PutMode mode) => new Write.Put(new Policy
    {
        Project = project,
        Name = $"pol-{number}",
        Networks = [.. networks.Distinct()],
        Rules = rules,
    })
    { Mode = mode };

    static Write MakeGroup(string project, string name, string remote, PutMode mode) => new Write.Put(new SecurityGroup
    {
        Project = project,
        Name = name,
        Rules = [new() { Direction = SecurityGroup.Ingress, RemoteGroup = remote }],
    })
    { Mode = mode };

    static Write.Put MakePort(
        string project, string network, string name, string? node, IPAddress? address, (PutMode Mode, string[]? Groups) more) =>
        new Write.Put(new Port
        {
            Project = project,
            Network = network,
            Name = name,
            Node = node,
            Addresses = address is null ? null : [address],
            SecurityGroups = more.Groups?.Distinct().ToArray(),
        })
        { Mode = more.Mode };

    static Write MakeReservation(string project, string network, string? node, IPAddress? address) =>
        new Write.Put(new AddressReservation { Project = project, Network = network, Node = node, Address = address });

    static void CheckWhole(Snapshot snapshot)
    {
        foreach (var network in snapshot.All<Network>())
            CheckNetwork(network, snapshot);
        Assert.All(snapshot.All<Port>(), port => Assert.True(port.Node is null || snapshot.Find<Node>(ResourceKey.Node(port.Node)) is not null));
        Assert.Distinct(snapshot.All<Network>().Select(network => network.Vni));
        Assert.Distinct(snapshot.All<Node>().Select(node => node.Number));
        CheckRules(snapshot);
        OutsideWrites.CheckWhole(snapshot);
        CheckIndexes(snapshot);
    }

    static void CheckRules(Snapshot snapshot)
    {
        Assert.Distinct(snapshot.All<Policy>().Select(policy => policy.Number)
            .Concat(snapshot.All<SecurityGroup>().Select(group => group.Number)).Concat(snapshot.All<Router>().Select(router => router.Number)));
        foreach (var resource in snapshot.Resources.Values)
        {
            // A floating IP waits for a port that went with its container.
            var named = References.Of(resource).Where(key => resource is Project || key.Project is "" || key.Project == ResourceKey.Of(resource).Project)
                .Where(key => resource is not FloatingIp || key.Kind != Port.KindName);
            Assert.All(named, key => Assert.True(snapshot.Resources.ContainsKey(key), $"{ResourceKey.Of(resource)} names {key}"));
        }
        foreach (var policy in snapshot.All<Policy>())
        {
            Assert.Distinct(policy.Rules!.Select(rule => rule.Id));
            Assert.All(policy.Rules!, rule => Assert.InRange(rule.Id, 1u, policy.LastRuleId));
        }
        CheckJoins(snapshot);
    }

    /// <summary>What is joined, said plainly.</summary>
    static void CheckJoins(Snapshot snapshot)
    {
        var asked = snapshot.Resources.Values.OfType<ProjectResource>()
            .SelectMany(asking => Joins.AskedBy(asking).Keys.Select(pair => (asking.Project, Pair: pair))).ToHashSet();
        var joined = asked.Where(one => asked.Contains((one.Pair.First.Project, one.Pair)) && asked.Contains((one.Pair.Second.Project, one.Pair)))
            .Select(one => one.Pair).Distinct().ToList();
        foreach (var center in joined.SelectMany(pair => (NetworkName[])[pair.First, pair.Second]).Distinct())
        {
            var around = joined.Where(pair => pair.First == center || pair.Second == center).Select(pair => pair.Other(center)).Append(center)
                .Select(name => snapshot.Find<Network>(ResourceKey.Network(name.Project, name.Name))!).ToList();
            Assert.All(around, one => Assert.All(around, other => Assert.True(
                one == other || !one.Subnets!.Any(mine => other.Subnets!.Any(theirs => theirs.Prefix.Overlaps(mine.Prefix))),
                $"{one.Name} and {other.Name} around {center}")));
        }
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

    int joining;
    int reaching;

    async Task<Snapshot> FollowAsync(TestCluster test, Snapshot start)
    {
        var followed = start;
        var (references, joins) = (new References(), new Joins());
        references.Reset(start);
        joins.Reset(start);
        await foreach (var commits in test.Cluster.FollowAsync(start.Revision, TestCluster.Token))
        {
            foreach (var commit in commits)
            {
                followed = followed.With(commit.Changes, commit.Revision);
                references.Follow(commit.Changes);
                joins.Follow(commit.Changes);
                reaching += commit.Changes.Count(change => change.After is FloatingIp { Port: not null });
                joining += commit.Changes.Count(change => change.After is { } after && Joins.AskedBy(after).Count > 0);
            }
            if (followed.Revision == test.Snapshot.Revision)
                break;
        }
        CheckFollowed(references, joins, followed);
        return followed;
    }

    static void CheckFollowed(References references, Joins joins, Snapshot snapshot)
    {
        var (freshReferences, freshJoins) = (new References(), new Joins());
        freshReferences.Reset(snapshot);
        freshJoins.Reset(snapshot);
        foreach (var key in snapshot.Resources.Keys)
            Assert.Equal(freshReferences.To(key).Order(), references.To(key).Order());
        foreach (var network in snapshot.All<Network>().Select(NameOf))
            Assert.Equal(freshJoins.Of(network).Order(NameOrder), joins.Of(network).Order(NameOrder));
        CheckAgainstRules(joins, snapshot);
    }

    /// <summary>What the server takes for joined, by name, is what nodes join, by uid.</summary>
    static void CheckAgainstRules(Joins joins, Snapshot snapshot)
    {
        var book = RuleBook.Of(
            [.. snapshot.All<Policy>().Select(policy => RuleSpecs.Of(policy, snapshot)), .. snapshot.All<Router>().Select(router => RuleSpecs.Of(router, snapshot))],
            [
                .. snapshot.All<Policy>().SelectMany(policy => policy.Rules!.Select(rule => RuleSpecs.Of(policy, rule, snapshot))),
                .. snapshot.All<Router>().Select(RuleSpecs.RuleOf),
            ]);
        foreach (var one in snapshot.All<Network>())
        {
            var joined = snapshot.All<Network>()
                .Where(other => NetworkJoins.AreJoined(book, one.Uid, one.Project, other.Uid, other.Project)).Select(NameOf);
            Assert.Equal(joined.Order(NameOrder), joins.Of(NameOf(one)).Order(NameOrder));
        }
    }

    static NetworkName NameOf(Network network) => new(network.Project, network.Name);

    static readonly Comparer<NetworkName> NameOrder =
        Comparer<NetworkName>.Create((one, other) => string.CompareOrdinal(one.ToString(), other.ToString()));

    static IEnumerable<string> Texts(Snapshot snapshot) => snapshot.Resources.OrderBy(pair => pair.Key)
        .Select(pair => System.Text.Encoding.UTF8.GetString(WeftJson.ToUtf8(pair.Value)));
}
