using System.Collections.Immutable;
using Weft.Agent.Fabric;
using Weft.Agent.State;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Tests.Sync;

/// <summary>What one node finds out about members reaches those who see the load balancer, and is shown.</summary>
public sealed class BalanceSyncTests : IAsyncLifetime
{
    SyncServer server = null!;
    SyncAgent one = null!;
    SyncAgent two = null!;

    public async ValueTask InitializeAsync()
    {
        server = await SyncServer.StartAsync();
        one = new SyncAgent(server.Address, server.TokenText(), "n1").Start();
        two = new SyncAgent(server.Address, server.TokenText(), "n2", "192.0.2.2").Start();
        await one.ConnectedAsync();
        await two.ConnectedAsync();
        await server.Test.MadeNetwork("front", "10.1.0.0/24");
        await server.Test.Made(new Port { Name = "web1", Network = "front", Node = "n1" });
        await server.Test.Made(new Port { Name = "web2", Network = "front", Node = "n2" });
        await server.Test.Made(new LoadBalancer
        {
            Name = "web",
            Network = "front",
            Listeners = [new() { Protocol = "tcp", Ports = new(80, 80) }],
            Pools = [new() { MemberPort = 8080, Members = [new() { Port = "web1" }, new() { Port = "web2" }], HealthMonitor = new() { Type = "tcp" } }],
        });
        await one.WaitAsync(state => state.State.Balancers.Count == 1);
        await two.WaitAsync(state => state.State.Balancers.Count == 1);
    }

    public async ValueTask DisposeAsync()
    {
        await one.DisposeAsync();
        await two.DisposeAsync();
        await server.DisposeAsync();
    }

    LoadBalancer Document => server.Snapshot.Find<LoadBalancer>(ResourceKey.LoadBalancer("default", "web"))!;

    LoadBalancerStatus Status => ((LoadBalancer)server.Board.Shown(Document, server.Snapshot)).Status!;

    NodeMemberKey Key(string port) =>
        new(Document.Uid, "default", server.Snapshot.Find<Port>(ResourceKey.Port("default", port))!.Uid, 8080);

    static void Tell(SyncAgent agent, params NodeHealth[] health) => agent.Statuses.Update(status => status with
    {
        Health = status.Health.SetItems(health.Select(one => KeyValuePair.Create(one.Key, one))),
    });

    static Task<AgentState> Knows(SyncAgent agent, NodeHealth health) =>
        agent.WaitAsync(state => health.Equals(state.State.Health.GetValueOrDefault(health.Key)));

    [Fact]
    public async Task What_one_node_finds_the_other_is_told()
    {
        Assert.Equal(["unknown", "unknown"], Status.Members!.Select(member => member.State));
        Assert.Equal("down", Status.State);

        Tell(one, new NodeHealth(Key("web1"), true, ""));
        await Knows(two, new(Key("web1"), true, ""));
        Assert.Equal(("up", "degraded"), (Status.Members![0].State, Status.State));

        Tell(two, new NodeHealth(Key("web2"), false, "connection refused"));
        await Knows(one, new(Key("web2"), false, "connection refused"));
        Assert.Equal(("down", "connection refused"), (Status.Members![1].State, Status.Members[1].Message));

        Tell(two, new NodeHealth(Key("web2"), true, ""));
        await Knows(one, new(Key("web2"), true, ""));
        Assert.Equal("active", Status.State);
    }

    [Fact]
    public async Task What_the_proxy_of_its_node_complains_of_is_its_state()
    {
        void Complain(SyncAgent agent, string? fault) => agent.Statuses.Update(status => status with
        {
            BalancerFaults = fault is null
                ? ImmutableDictionary<Guid, string>.Empty : ImmutableDictionary<Guid, string>.Empty.Add(Document.Uid, fault),
        });
        await Patience.UntilAsync(() => Document.Node is not null, "it being placed");
        var (its, other) = Document.Node == "n1" ? (one, two) : (two, one);

        Complain(other, "nonsense");
        Complain(its, "no such certificate file");
        await Patience.UntilAsync(() => Status.State == "error", "the fault being told");
        Assert.Equal("no such certificate file", Status.Message);

        Complain(its, null);
        await Patience.UntilAsync(() => Status.State != "error", "it being gone");
    }

    [Fact]
    public async Task A_node_is_not_believed_about_members_of_others()
    {
        Tell(one, new NodeHealth(Key("web2"), true, ""), new NodeHealth(Key("web1"), true, ""));
        await Knows(two, new(Key("web1"), true, ""));

        Assert.Null(server.Board.Balancing.Find(Key("web2")));
        Assert.DoesNotContain(Key("web2"), two.State.State.Health);
    }

    [Fact]
    public async Task A_node_that_comes_later_is_told_what_is_known()
    {
        Tell(one, new NodeHealth(Key("web1"), true, ""));
        await Knows(two, new(Key("web1"), true, ""));
        await using var three = new SyncAgent(server.Address, server.TokenText(), "n3", "192.0.2.3").Start();
        await three.ConnectedAsync();
        Assert.Empty(three.State.State.Health);

        await server.Test.Made(new Port { Name = "client", Network = "front", Node = "n3" });
        await Knows(three, new(Key("web1"), true, ""));

        await server.Test.Delete(ResourceKey.Port("default", "client"));
        await three.WaitAsync(state => state.State.Balancers.IsEmpty && state.State.Health.IsEmpty);
    }

    [Fact]
    public async Task What_was_found_of_a_member_that_left_is_forgotten_everywhere()
    {
        Tell(one, new NodeHealth(Key("web1"), true, ""));
        await Knows(two, new(Key("web1"), true, ""));
        var key = Key("web1");

        await server.Test.Put(Document with { Pools = [Document.Pools![0] with { Members = [new() { Port = "web2" }] }] });

        await one.WaitAsync(state => !state.State.Health.ContainsKey(key));
        await two.WaitAsync(state => !state.State.Health.ContainsKey(key));
        Assert.Null(server.Board.Balancing.Find(key));
    }

    [Fact]
    public async Task What_was_found_of_a_port_that_moved_is_forgotten()
    {
        Tell(one, new NodeHealth(Key("web1"), true, ""));
        await Knows(two, new(Key("web1"), true, ""));
        var port = server.Snapshot.Find<Port>(ResourceKey.Port("default", "web1"))!;

        await server.Test.Put(port with { Node = "n2" });

        await two.WaitAsync(state => !state.State.Health.ContainsKey(Key("web1")));
        Assert.Equal("unknown", Status.Members![0].State);
    }

    [Fact]
    public async Task A_server_that_starts_is_told_anew_and_until_then_nodes_go_on()
    {
        Tell(one, new NodeHealth(Key("web1"), true, ""));
        Tell(two, new NodeHealth(Key("web2"), true, ""));
        await Knows(two, new(Key("web1"), true, ""));
        await Knows(one, new(Key("web2"), true, ""));
        await one.StopAsync();
        await server.RestartAsync();

        await two.WaitAsync(state => state.Connected);
        await Patience.UntilAsync(() => server.Board.Balancing.Find(Key("web2")) is { Healthy: true }, "web2 is told of again");
        Assert.True(two.State.State.Health[Key("web1")].Healthy);
        Assert.Null(server.Board.Balancing.Find(Key("web1")));

        one.Start();
        await Patience.UntilAsync(() => Status.State == "active", "all are up again");
    }

    [Fact]
    public async Task Counts_of_all_nodes_are_added_up()
    {
        Count(one, new(1, 10, 2, 300, 400), new(1, 10, 0, 300, 400));
        Count(two, new(4, 5, 0, 1, 1), new(4, 5, 0, 1, 1));

        await Patience.UntilAsync(() => Status.Listeners![0].Total == 15, "the counts of both");

        Assert.Equal(new ListenerStatus("tcp-80", 5, 15, 2, 301, 401), Status.Listeners![0]);
        Assert.Equal((5ul, 15ul, 301ul, 401ul), (Status.Members![0].Connections, Status.Members[0].Total, Status.Members[0].BytesIn, Status.Members[0].BytesOut));
        Assert.Equal(0ul, Status.Members[1].Total);

        // Its maps are new: what it counted before is no more.
        await one.StopAsync();
        one.Statuses.Publish(AgentStatus.Initial);
        one.Start();
        await Patience.UntilAsync(() => Status.Listeners![0].Total == 5, "the counts of the other alone");
    }

    void Count(SyncAgent agent, BalanceTotals listener, BalanceTotals member) => agent.Statuses.Update(status => status with
    {
        AppliedRevision = status.AppliedRevision + 1,
        Balance = ImmutableDictionary<BalanceKey, BalanceTotals>.Empty
            .Add(new(Document.Uid, "tcp-80", null), listener).Add(BalanceKey.Of(Key("web1")), member)
            .Add(new(Guid.NewGuid(), "tcp-80", null), listener).Add(new(Document.Uid, "tcp-81", null), listener),
    });

    [Fact]
    public async Task Who_does_not_answer_its_peers_is_shown_so_and_answers_the_server()
    {
        var number = server.Snapshot.Find<Node>(ResourceKey.Node("n2"))!.Number;
        NodeStatus Shown() => ((Node)server.Board.Shown(server.Snapshot.Find<Node>(ResourceKey.Node("n2"))!, server.Snapshot)).Status!;
        void See(PeerSights sights) => one.Statuses.Update(status => status with { Peers = sights });

        See(new([number], ImmutableSortedDictionary<uint, DateTimeOffset>.Empty, []));
        await Patience.UntilAsync(() => server.Board.Peers.On(number).Answering == 1, "what n1 sees");
        See(new([], ImmutableSortedDictionary<uint, DateTimeOffset>.Empty.Add(number, default), []));
        await Patience.UntilAsync(() => server.Board.Peers.On(number).IsLost, "what n1 sees now");
        Assert.Contains("does not answer n1 on the fabric since ", Assert.Single(Shown().Faults!), StringComparison.Ordinal);

        // It has nothing to tell by itself for five seconds.
        for (var i = 0; i < 3; i++)
        {
            var before = TimeProvider.System.GetTimestamp();
            server.Hub.Hail("n2");
            await Patience.UntilAsync(() => server.Board.Peers.HeardAt("n2") > before, "an answer");
            Assert.True(TimeProvider.System.GetElapsedTime(before) < TimeSpan.FromSeconds(4));
        }
        await one.StopAsync();
        await Patience.UntilAsync(() => Shown().Faults is null or [], "nobody sees it any more");
    }

    [Fact]
    public async Task Whom_the_server_takes_for_dead_begins_anew()
    {
        Tell(two, new NodeHealth(Key("web2"), true, ""));
        await Patience.UntilAsync(() => server.Board.Balancing.Find(Key("web2")) is { Healthy: true }, "it is well");
        server.Hub.Tell([new(Key("web2"), false, "node n2 is away")]);
        server.Hub.End("n2", "node n2 did not answer; begin anew");
        await Patience.UntilAsync(() => server.Board.Balancing.Find(Key("web2")) is { Healthy: true }, "it is well again");
    }

    [Fact]
    public async Task It_is_placed_on_a_node_that_is_there()
    {
        await Patience.UntilAsync(() => Document.Node is "n1" or "n2", "a place");
        await one.WaitAsync(state => state.State.Balancers[Document.Uid].NodeNumber != 0);
    }
}
