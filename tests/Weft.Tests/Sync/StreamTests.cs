using System.Net;
using Grpc.Core;
using Weft.Agent.Sync;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;
using Weft.Server.Sync;

namespace Weft.Tests.Sync;

/// <summary>The stream itself, spoken by hand.</summary>
public sealed class StreamTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_must_begin_with_a_hello()
    {
        await using var server = await SyncServer.StartAsync();
        using var connection = await JoinAsync(server);
        using var call = connection.Agents.Sync();
        await call.RequestStream.WriteAsync(new() { Status = new() }, Token);
        var refused = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Token));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
    }

    [Fact]
    public async Task A_hello_with_an_impossible_address_is_refused()
    {
        await using var server = await SyncServer.StartAsync();
        using var connection = await JoinAsync(server);
        using var call = connection.Agents.Sync();
        await call.RequestStream.WriteAsync(new() { Hello = new() { FabricAddress = Google.Protobuf.ByteString.CopyFrom(1, 2, 3) } }, Token);
        var refused = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Token));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Equal("fabric_address", Assert.Single(FaultTrailer.Read(refused)).Path);
    }

    [Fact]
    public async Task A_second_stream_of_a_node_takes_over()
    {
        await using var server = await SyncServer.StartAsync();
        using var connection = await JoinAsync(server);
        using var first = await OpenAsync(connection);
        using var second = await OpenAsync(connection);
        var ended = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await first.ResponseStream.MoveNext(Token))
            {
            }
        });
        Assert.Equal(StatusCode.Aborted, ended.StatusCode);
        Assert.Contains("taken over", ended.Status.Detail, StringComparison.Ordinal);
        // The end of the first is not the end of the node.
        await server.Test.MadeNetwork("red", "10.1.0.0/24");
        Assert.True(await second.ResponseStream.MoveNext(Token).Soon());
        Assert.True(server.Board.NodeOf("n1").Connected);
    }

    [Fact]
    public async Task What_a_slow_node_has_not_taken_is_joined_and_not_piled_up()
    {
        const int Changes = 5_000;
        await using var server = await SyncServer.StartAsync();
        using var connection = await JoinAsync(server);
        using var call = await OpenAsync(connection);
        var first = NodeUpdates.ToDelta(call.ResponseStream.Current);
        await server.Test.MadeNetwork("red", "10.1.0.0/24");
        var port = await server.Test.Made(new Port { Name = "a", Network = "red", Node = "n1" });
        var longName = new string('x', 200);
        // Nobody reads meanwhile: flow control stops the server's writes after a few hundred kilobytes.
        await Parallel.ForAsync(0, Changes, new ParallelOptions { MaxDegreeOfParallelism = 256, CancellationToken = Token }, async (i, _) =>
            await server.Test.Put(port with { Device = $"{longName}{i}", Status = null }));
        await Patience.UntilAsync(() => server.Hub.Revision == server.Snapshot.Revision, "the compiler");

        var (state, messages, sequence) = (NodeState.Empty.With(first), 0, 1ul);
        var expected = Weft.Compiler.ReferenceCompiler.Compile(server.Snapshot, "n1");
        while (!state.HasSameRecordsAs(expected))
        {
            Assert.True(await call.ResponseStream.MoveNext(Token).Soon());
            state = state.With(NodeUpdates.ToDelta(call.ResponseStream.Current));
            Assert.Equal(++sequence, call.ResponseStream.Current.Sequence);
            messages++;
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{Changes} changes arrived in {messages} messages");
        Assert.InRange(messages, 1, Changes / 2);
    }

    [Fact]
    public async Task A_node_that_takes_nothing_for_too_long_begins_anew()
    {
        var subscription = new NodeSubscription("n1", NodeDelta.None(1));
        await subscription.NextAsync(Token);
        for (var i = 0; i <= 10_000; i++)
            subscription.Add(NodeDelta.None(2) with { RemovedPorts = [Guid.NewGuid()] });
        var ended = await Assert.ThrowsAsync<RpcException>(() => subscription.NextAsync(Token));
        Assert.Equal(StatusCode.Aborted, ended.StatusCode);
    }

    [Fact]
    public async Task Many_records_that_a_node_will_have_are_no_reason_to_begin_anew()
    {
        var subscription = new NodeSubscription("n1", NodeDelta.None(1));
        await subscription.NextAsync(Token);
        for (uint i = 0; i < 20_000; i++)
            subscription.Add(NodeDelta.None(2) with { Peers = [new(i, "n", IPAddress.Loopback, 1500)] });
        Assert.Equal(20_000, (await subscription.NextAsync(Token)).Delta.Peers.Length);
    }

    [Fact]
    public async Task A_delta_that_waits_alone_stays_the_object_that_others_have()
    {
        var subscription = new NodeSubscription("n1", NodeDelta.None(1));
        await subscription.NextAsync(Token);
        var delta = NodeDelta.None(2) with { RemovedPorts = [Guid.NewGuid()] };
        subscription.Add(delta);
        Assert.Same(delta, (await subscription.NextAsync(Token)).Delta);
    }

    [Fact]
    public void Streams_that_tell_the_same_share_records_and_not_messages()
    {
        var delta = NodeDelta.None(2) with { Peers = [new(1, "n", IPAddress.Loopback, 1500)] };
        var (one, other) = (SharedUpdates.Of(delta, 500).Single(), SharedUpdates.Of(delta, 500).Single());
        Assert.NotSame(one, other);
        Assert.Same(one.Upserts[0], other.Upserts[0]);
        Assert.Equal(NodeUpdates.Split(delta, 500).Single(), one);
    }

    [Fact]
    public async Task A_stopping_server_ends_its_streams_at_once()
    {
        await using var server = await SyncServer.StartAsync();
        using var connection = await JoinAsync(server);
        using var call = await OpenAsync(connection);
        await server.DownAsync(); // does not wait for clients to go
        var ended = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Token));
        // Which of the two is seen first, the end of the stream or that of the connection, is chance.
        Assert.True(ended.StatusCode is StatusCode.Unavailable or StatusCode.Internal, ended.ToString());
    }

    [Fact]
    public async Task A_path_that_goes_dead_without_a_word_is_noticed_by_both_sides()
    {
        await using var server = await SyncServer.StartAsync();
        await using var path = new BreakablePath(server.Address.Port);
        await using var agent = new SyncAgent(new($"https://127.0.0.1:{path.Port}"), server.TokenText()).Start();
        await agent.ConnectedAsync();
        await Patience.UntilAsync(() => server.Board.NodeOf("n1").Connected, "the stream");
        var watch = TimeProvider.System.GetTimestamp();
        path.Freeze();
        await Task.WhenAll(
            agent.WaitAsync(state => !state.Connected),
            Patience.UntilAsync(() => !server.Board.NodeOf("n1").Connected, "the server to notice"));
        TestContext.Current.TestOutputHelper!.WriteLine($"noticed after {TimeProvider.System.GetElapsedTime(watch).TotalSeconds:F1} s");
        path.Thaw();
        await agent.ConnectedAsync();
    }

    static async Task<ServerConnection> JoinAsync(SyncServer server)
    {
        using var folder = new TemporaryFolder();
        var credentials = await new Enroller(new(folder.Path), TimeProvider.System).JoinAsync(
            server.Address, server.TokenText(), "n1", new(IPAddress.Parse("192.0.2.1"), 1500), Token);
        return new(server.Address, credentials.Authority, credentials.Certificate);
    }

    /// <summary>A stream that has said hello and got its first, empty state.</summary>
    static async Task<AsyncDuplexStreamingCall<AgentReport, NodeUpdate>> OpenAsync(ServerConnection connection)
    {
        var call = connection.Agents.Sync();
        var hello = new Hello { FabricAddress = WireBytes.Of(IPAddress.Parse("192.0.2.1")), FabricMtu = 1500, Version = "test" };
        await call.RequestStream.WriteAsync(new() { Hello = hello }, Token);
        Assert.True(await call.ResponseStream.MoveNext(Token).Soon());
        Assert.True(call.ResponseStream.Current.InSync);
        return call;
    }
}
