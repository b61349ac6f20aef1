using System.Collections.Immutable;
using System.Net;
using Weft.Agent.State;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;
using Weft.Tests.Server;

namespace Weft.Tests.Sync;

public sealed class SyncTests
{
    [Fact]
    public async Task A_node_gets_its_state_and_every_change()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        var state = await agent.ConnectedAsync();
        Assert.Equal((1u, true, true), (state.NodeNumber, state.InSync, state.Confirmed));

        await server.Test.MadeNetwork("red", "10.1.0.0/24", "fd00:1::/64");
        await server.Test.MadeNetwork("blue", "10.1.0.0/24");
        await server.Test.MadeNode("n2", "192.0.2.2");
        var mine = await server.Test.Made(new Port { Name = "a", Network = "red", Node = "n1" });
        var theirs = await server.Test.Made(new Port { Name = "b", Network = "red", Node = "n2" });
        await server.Test.Made(new Port { Name = "c", Network = "blue", Node = "n2" });
        state = await agent.AgreesAsync(server.Snapshot);
        Assert.Equal(new[] { mine.Uid, theirs.Uid }.Order(), state.State.Ports.Keys.Order());
        Assert.Equal("n2", Assert.Single(state.State.Peers.Values).Name);

        await server.Test.Delete(ResourceKey.Port("default", "a"));
        state = await agent.AgreesAsync(server.Snapshot);
        Assert.Empty(state.State.Ports);
        Assert.Empty(state.State.Peers);
        Assert.Equal(2, state.State.Networks.Count);
    }

    [Fact]
    public async Task A_state_of_many_messages_arrives_whole()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await agent.ConnectedAsync();
        await agent.StopAsync();
        await Task.WhenAll(Enumerable.Range(0, 1200).Select(i => server.Test.MadeNetwork($"net-{i}", $"10.{i / 256}.{i % 256}.0/24")));
        agent.Start();
        var sizes = new HashSet<int>();
        await agent.WaitAsync(state => sizes.Add(state.State.Networks.Count) && state.State.Networks.Count == 1200);
        // Published is what was on disk and then the whole, never a part.
        Assert.Equal([0, 1200], sizes.Order());
    }

    [Fact]
    public async Task A_restarted_server_is_found_again_and_what_happened_meanwhile_is_caught_up()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await server.Test.MadeNetwork("before", "10.1.0.0/24");
        var known = (await agent.AgreesAsync(server.Snapshot)).State;

        await server.DownAsync();
        var away = await agent.WaitAsync(state => !state.Connected);
        Assert.Same(known, away.State);
        Assert.True(away.InSync);

        await server.Test.RestartAsync();
        await server.Test.MadeNetwork("meanwhile", "10.2.0.0/24");
        await server.UpAsync();
        var back = await agent.WaitAsync(state => state.Connected);
        await agent.AgreesAsync(server.Snapshot);
        // What did not change is the same object: nobody downstream has to look at it.
        Assert.Same(known.Networks.Values.Single(), back.State.Networks[known.Networks.Keys.Single()]);
    }

    [Fact]
    public async Task Random_changes_and_restarts_leave_every_node_with_what_a_compile_gives()
    {
        await using var server = await SyncServer.StartAsync();
        await using var first = new SyncAgent(server.Address, server.TokenText(), "n1", "192.0.2.1").Start();
        await using var second = new SyncAgent(server.Address, server.TokenText(), "n2", "192.0.2.2").Start();
        await first.ConnectedAsync();
        await second.ConnectedAsync();
        var random = new Random(7);
        for (var i = 0; i < 3; i++)
        {
            await server.Test.MadeNetwork($"net-{i}", $"10.{i}.0.0/24");
        }
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < 60; i++)
                await ChangeSomethingAsync(server, random);
            if (round % 2 == 0)
                await first.AgreesAsync(server.Snapshot);
            if (round == 1)
                await server.RestartAsync();
            if (round == 2)
            {
                await second.StopAsync();
                second.Start();
            }
        }
        await first.AgreesAsync(server.Snapshot);
        await second.AgreesAsync(server.Snapshot);
    }

    static Task<Outcome> ChangeSomethingAsync(SyncServer server, Random random)
    {
        var key = ResourceKey.Port("default", $"p{random.Next(20)}");
        var node = random.Next(3) is > 0 and var number ? $"n{number}" : null;
        return (server.Snapshot.Find<Port>(key), random.Next(3)) switch
        {
            (null, _) => server.Test.Put(new Port { Name = key.Name, Network = $"net-{random.Next(3)}", Node = node }),
            ({ } port, 0) => server.Cluster.ApplyAsync(
                new Write.UpdatePort(port.Uid) { Name = $"p{random.Next(20)}", Aliases = ["x"], Labels = ImmutableDictionary<string, string>.Empty }, TestCluster.Token),
            ({ } port, 1) => server.Test.Put(port with { Node = node, Device = $"d{random.Next()}" }),
            _ => server.Test.Delete(key),
        };
    }

    [Fact]
    public async Task Without_its_server_an_agent_goes_on_with_what_is_on_disk()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await agent.ConnectedAsync();
        await server.Test.MadeNetwork("red", "10.1.0.0/24", "fd00:1::/64");
        await server.Test.Made(new Port { Name = "a", Network = "red", Node = "n1", Aliases = ["web"] });
        var known = await agent.AgreesAsync(server.Snapshot);
        await agent.StopAsync();
        await server.DownAsync();

        agent.Start();
        var loaded = await agent.WaitAsync(state => state.InSync);
        Assert.Equal((1u, false, false), (loaded.NodeNumber, loaded.Connected, loaded.Confirmed));
        Assert.True(loaded.State.HasSameRecordsAs(known.State));
        Assert.Equal(known.State.Revision, loaded.State.Revision);
        await agent.FaultAsync("");
        Assert.False(agent.State.Connected);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(-10)]
    [InlineData(-1)]
    public async Task A_state_file_that_was_cut_off_is_not_believed(int length)
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await agent.ConnectedAsync();
        await server.Test.MadeNetwork("red", "10.1.0.0/24");
        await agent.AgreesAsync(server.Snapshot);
        await agent.StopAsync();
        await server.DownAsync();
        var path = Path.Combine(agent.Folder, "state.bin");
        using (var file = File.OpenWrite(path))
            file.SetLength(length > 0 ? length : file.Length + length - (length == 0 ? file.Length : 0));

        agent.Start();
        var state = await agent.WaitAsync(state => state.NodeNumber == 1);
        Assert.False(state.InSync);
        Assert.Empty(state.State.Networks);
    }

    [Fact]
    public async Task A_node_that_moved_its_fabric_address_is_told_to_its_peers()
    {
        await using var server = await SyncServer.StartAsync();
        await using var first = new SyncAgent(server.Address, server.TokenText(), "n1", "192.0.2.1").Start();
        await using var second = new SyncAgent(server.Address, server.TokenText(), "n2", "192.0.2.2").Start();
        await first.ConnectedAsync();
        await second.ConnectedAsync();
        await server.Test.MadeNetwork("red", "10.1.0.0/24");
        await server.Test.Made(new Port { Name = "a", Network = "red", Node = "n1" });
        await server.Test.Made(new Port { Name = "b", Network = "red", Node = "n2" });
        await first.AgreesAsync(server.Snapshot);

        second.Fabric.Publish(new(IPAddress.Parse("192.0.2.22"), 9000));
        await first.WaitAsync(state => state.State.Peers.Values.Any(
            peer => peer.FabricAddress.Equals(IPAddress.Parse("192.0.2.22")) && peer.FabricMtu == 9000));
        Assert.True(second.State.Connected);
    }

    [Fact]
    public async Task What_a_node_reports_is_shown()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await agent.ConnectedAsync();
        await server.Test.MadeNetwork("red", "10.1.0.0/24");
        await server.Test.MadeNode("n2", "192.0.2.2");
        var good = await server.Test.Made(new Port { Name = "a", Network = "red", Node = "n1" });
        var bad = await server.Test.Made(new Port { Name = "b", Network = "red", Node = "n1" });
        var foreign = await server.Test.Made(new Port { Name = "c", Network = "red", Node = "n2" });
        var state = await agent.AgreesAsync(server.Snapshot);
        agent.Statuses.Publish(new(
            state.State.Revision,
            ImmutableDictionary<Guid, LocalPortStatus>.Empty
                .Add(good.Uid, new(LocalPortState.Active))
                .Add(bad.Uid, new(LocalPortState.Error, "no interface"))
                .Add(foreign.Uid, new(LocalPortState.Active)),
            ["something is wrong"],
            ImmutableSortedDictionary<string, ulong>.Empty.Add("no_route", 42)));

        await Patience.UntilAsync(() => server.Board.NodeOf("n1").Ports == 1, "the report");
        var node = server.Board.NodeOf("n1");
        Assert.True(node.Connected);
        Assert.Equal(state.State.Revision, node.AppliedRevision);
        Assert.Equal(["something is wrong"], node.Faults);
        Assert.Equal(42, node.Drops!["no_route"]);
        Assert.Equal(new PortStatus("active"), server.Board.PortOf(good.Uid));
        Assert.Equal(new PortStatus("error", "no interface"), server.Board.PortOf(bad.Uid));
        Assert.Equal(new PortStatus("down"), server.Board.PortOf(foreign.Uid));

        await agent.StopAsync();
        await Patience.UntilAsync(() => !server.Board.NodeOf("n1").Connected, "the end of the stream");
        Assert.Equal(1, server.Board.NodeOf("n1").Ports);
    }

    [Fact]
    public async Task A_node_that_has_done_all_that_concerns_it_is_up_to_date()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await agent.ConnectedAsync();
        await server.Test.MadeNetwork("red", "10.1.0.0/24");
        var state = await agent.AgreesAsync(server.Snapshot);
        // Nowhere, in a network of which n1 has no port: no news for n1.
        await server.Test.Made(new Port { Name = "a", Network = "red" });
        await Patience.UntilAsync(() => server.Hub.Revision == server.Snapshot.Revision, "the compiler");
        agent.Statuses.Publish(AgentStatus.Initial with { AppliedRevision = state.State.Revision });
        await Patience.UntilAsync(() => server.Board.NodeOf("n1").AppliedRevision == server.Snapshot.Revision, "the report");
        Assert.Equal(state.State.Revision, agent.State.State.Revision);
    }
}
