using System.Net;
using Weft.Agent.Sync;
using Weft.Model.Resources;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;

namespace Weft.Tests.Sync;

public sealed class PolicySyncTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Policies_and_groups_reach_the_nodes_that_see_them()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await agent.ConnectedAsync();
        await MakeAsync(server);
        var state = (await agent.AgreesAsync(server.Snapshot)).State;
        Assert.Equal(["g", "p"], state.RuleSets.Values.Select(set => set.Name).Order());
        Assert.Equal(["db", "web"], state.Ports.Values.Select(port => port.Name).Order());
    }

    [Fact]
    public async Task Policies_and_groups_are_there_without_a_server()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await agent.ConnectedAsync();
        await MakeAsync(server);
        var known = await agent.AgreesAsync(server.Snapshot);
        await agent.StopAsync();
        await server.DownAsync();
        agent.Start();
        Assert.True((await agent.WaitAsync(state => state.InSync)).State.HasSameRecordsAs(known.State));
    }

    [Fact]
    public async Task What_a_reconnect_does_not_change_stays_the_same_object()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await agent.ConnectedAsync();
        await MakeAsync(server);
        var known = (await agent.AgreesAsync(server.Snapshot)).State;
        await server.RestartAsync();
        await agent.WaitAsync(state => !state.Connected || !ReferenceEquals(state.State, known));
        var state = (await agent.WaitAsync(state => state.Connected && !ReferenceEquals(state.State, known))).State;
        Assert.All(known.Rules, rule => Assert.Same(rule.Value, state.Rules[rule.Key]));
        Assert.All(known.RuleSets, set => Assert.Same(set.Value, state.RuleSets[set.Key]));
    }

    [Fact]
    public async Task A_port_that_a_driver_makes_is_in_the_groups_that_it_names()
    {
        await using var server = await SyncServer.StartAsync();
        using var connection = await JoinAsync(server);
        var network = await server.Test.MadeNetwork("front", "10.1.0.0/24");
        var group = await server.Test.Made(new SecurityGroup { Name = "g" });
        var request = new CreatePortRequest { NetworkUid = WireBytes.Of(network.Uid), Name = "web", HasSecurityGroups = true };
        request.SecurityGroups.Add("g");
        Assert.Equal([group.Uid], Records.ToModel(await connection.Agents.CreatePortAsync(request, cancellationToken: Token)).Groups);
    }

    [Fact]
    public async Task A_driver_takes_a_port_out_of_its_groups()
    {
        await using var server = await SyncServer.StartAsync();
        using var connection = await JoinAsync(server);
        await server.Test.MadeNetwork("front", "10.1.0.0/24");
        await server.Test.Made(new SecurityGroup { Name = "g" });
        var port = await server.Test.Made(new Port { Name = "web", Network = "front", Node = "n1", SecurityGroups = ["g"] });
        var request = new UpdatePortRequest { Uid = WireBytes.Of(port.Uid), HasSecurityGroups = true };
        Assert.Empty(Records.ToModel(await connection.Agents.UpdatePortAsync(request, cancellationToken: Token)).Groups);
    }

    [Fact]
    public async Task A_driver_that_says_nothing_of_groups_leaves_them()
    {
        await using var server = await SyncServer.StartAsync();
        using var connection = await JoinAsync(server);
        await server.Test.MadeNetwork("front", "10.1.0.0/24");
        var group = await server.Test.Made(new SecurityGroup { Name = "g" });
        var port = await server.Test.Made(new Port { Name = "web", Network = "front", Node = "n1", SecurityGroups = ["g"] });
        var request = new UpdatePortRequest { Uid = WireBytes.Of(port.Uid), Device = "d" };
        Assert.Equal([group.Uid], Records.ToModel(await connection.Agents.UpdatePortAsync(request, cancellationToken: Token)).Groups);
    }

    /// <summary>Two joined networks; the node that asks has a port, with a group, in the first.</summary>
    static async Task MakeAsync(SyncServer server)
    {
        await server.Test.MadeNetwork("front", "10.1.0.0/24");
        await server.Test.MadeNetwork("back", "10.2.0.0/24");
        await server.Test.Made(new SecurityGroup { Name = "g", Rules = [new() { Direction = SecurityGroup.Ingress, Protocol = "tcp" }] });
        await server.Test.Made(new Port { Name = "web", Network = "front", Node = "n1", SecurityGroups = ["g"] });
        await server.Test.Made(new Port { Name = "db", Network = "back", Labels = new Dictionary<string, string> { ["role"] = "db" } });
        await server.Test.Made(new Policy
        {
            Name = "p",
            Networks = ["front"],
            Rules = [new() { Action = Policy.Allow, Protocol = "tcp", Ports = [new(5432, 5432)], To = new() { Network = "back" } }],
        });
    }

    static async Task<ServerConnection> JoinAsync(SyncServer server)
    {
        using var folder = new TemporaryFolder();
        var credentials = await new Enroller(new(folder.Path), TimeProvider.System).JoinAsync(
            server.Address, server.TokenText(), "n1", new(IPAddress.Parse("192.0.2.1"), 1500), Token);
        return new(server.Address, credentials.Authority, credentials.Certificate);
    }
}
