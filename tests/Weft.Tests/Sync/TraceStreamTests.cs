using Weft.Protocol.V1;
using Weft.Tests.Server;

namespace Weft.Tests.Sync;

/// <summary>Traces over the stream that the state comes by.</summary>
public sealed class TraceStreamTests
{
    [Fact]
    public async Task A_trace_is_asked_for_and_told_and_the_state_goes_on()
    {
        await using var server = await SyncServer.StartAsync();
        await using var agent = new SyncAgent(server.Address, server.TokenText()).Start();
        await agent.ConnectedAsync();

        using var run = server.Traces.Begin("n1", new() { DestinationPort = 22 });
        var asked = await agent.Link.Traces.Requests.Reader.ReadAsync(TestCluster.Token).AsTask().Soon();
        Assert.Equal(22u, asked.DestinationPort);
        agent.Link.Traces.Reports.Writer.TryWrite(new() { Id = asked.Id + 1, Action = "drop" }); // nobody's
        agent.Link.Traces.Reports.Writer.TryWrite(new() { Id = asked.Id, Action = "local" });

        var (node, report) = await run!.Answers.ReadAsync(TestCluster.Token).AsTask().Soon();
        Assert.Equal(("n1", "local"), (node, report.Action));
        await server.Test.MadeNetwork("red", "10.1.0.0/24");
        await agent.AgreesAsync(server.Snapshot);
    }

    [Fact]
    public async Task A_node_that_is_away_cannot_be_asked()
    {
        await using var server = await SyncServer.StartAsync();
        await using (var agent = new SyncAgent(server.Address, server.TokenText()).Start())
            await agent.ConnectedAsync();

        await Patience.UntilAsync(() => server.Traces.Begin("n1", new TraceRequest()) is null, "the stream to end");
    }
}
