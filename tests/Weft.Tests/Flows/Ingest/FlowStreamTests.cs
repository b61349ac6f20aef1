using Weft.Agent.Flows;
using Weft.Analytics.Storage;
using Weft.Tests.Flows.Agent;
using Weft.Tests.Sync;

namespace Weft.Tests.Flows.Ingest;

/// <summary>From the spool of a node to the store of the server.</summary>
public sealed class FlowStreamTests
{
    [Fact]
    public async Task Batches_reach_the_store_and_leave_the_disk()
    {
        await using var path = await FlowPath.StartAsync();
        path.StartSending();
        path.Spool.Fill(0, 30);
        await path.StoredAsync(300);
        await path.EmptyAsync();
        path.AssertRows(300);
        Assert.Equal(300UL, path.ServerBoard.Nodes["n1"].Records);
        Assert.Equal("", path.Board.Refused);
    }

    [Fact]
    public async Task A_record_is_of_the_node_whose_certificate_sent_it_whatever_it_says()
    {
        await using var path = await FlowPath.StartAsync();
        path.StartSending();
        path.Spool.Fill(0, 1);
        await path.StoredAsync(10);
        Assert.All(path.Store.Rows, row => Assert.Equal("n1", row.Node));
    }

    [Fact]
    public async Task While_the_server_is_away_the_disk_keeps_all_and_then_it_comes_once()
    {
        await using var path = await FlowPath.StartAsync();
        path.StartSending();
        path.Spool.Fill(0, 20);
        await path.StoredAsync(50);
        await path.Server.DownAsync();
        path.Spool.Fill(200, 20);
        Assert.True(path.Spool.Waiting.Batches >= 20);
        await path.Server.RestartAsync();
        path.Spool.Fill(400, 20);
        await path.StoredAsync(600);
        await path.EmptyAsync();
        path.AssertRows(600);
    }

    [Fact]
    public async Task What_was_stored_and_not_acknowledged_is_stored_once()
    {
        await using var path = await FlowPath.StartAsync();
        var open = new TaskCompletionSource();
        path.Store.Gate = open.Task;
        path.StartSending();
        path.Spool.Fill(0, 20);
        await Patience.UntilAsync(() => path.Intake.WaitingBytes > 0, "batches at the server");
        await path.StopSendingAsync(); // the stream is gone, its batches are in the queue
        path.OpenSpool();
        path.StartSending();
        path.Spool.Fill(200, 20);
        open.SetResult();
        await path.StoredAsync(400);
        await path.EmptyAsync();
        path.AssertRows(400);
    }

    [Fact]
    public async Task A_server_that_has_all_says_so_at_once()
    {
        await using var path = await FlowPath.StartAsync();
        path.Spool.Fill(0, 5);
        byte[] buffer = [];
        for (ulong after = 0; path.Spool.Next(after) is { } batch; after = batch.Number)
        {
            var records = Weft.Flows.FlowBatch.Read(path.Spool.Read(batch, ref buffer).ToArray());
            await path.Store.AppendAsync([new("n1", path.Spool.Series, batch.Number, records)], TestContext.Current.CancellationToken);
        }
        path.StartSending();
        await path.EmptyAsync();
        Assert.Equal((5, 0), (path.Store.Appends, path.Store.Repeated));
        Assert.Equal(0UL, path.ServerBoard.Nodes["n1"].Records); // nothing was sent again
    }

    [Fact]
    public async Task A_store_that_fails_is_told_to_the_node_and_nothing_is_acknowledged_until_it_works()
    {
        var store = new ListFlowStore { Fault = _ => new("the disk is full", mayPass: true) };
        await using var path = await FlowPath.StartAsync(store);
        path.StartSending();
        path.Spool.Fill(0, 10);
        await Patience.UntilAsync(() => path.Board.Refused == "the disk is full", "the reason at the node");
        Assert.Equal(10, path.Spool.Waiting.Batches);
        store.Fault = _ => null;
        await path.EmptyAsync();
        path.AssertRows(100);
        await Patience.UntilAsync(() => path.Board.Refused == "", "all is well");
    }

    [Fact]
    public async Task A_batch_that_nobody_can_read_is_lost_alone_and_counted()
    {
        await using var path = await FlowPath.StartAsync();
        path.Spool.Fill(0, 5);
        path.Spool.Append("no arrow"u8.ToArray(), Batches.Tally(7), default, 0);
        path.Spool.Offer();
        path.Spool.Fill(50, 5);
        path.StartSending();
        await path.EmptyAsync();
        path.AssertRows(100);
        Assert.Equal(new FlowTally(7, 7, 700) { Batches = 1 }, path.Spool.Losses.Places[SpoolLosses.Refused]);
        Assert.True(path.ServerBoard.Unreadable is 1 or 2);
    }

    [Fact]
    public async Task A_batch_that_the_store_alone_refuses_is_lost_alone_and_counted()
    {
        await using var path = await FlowPath.StartAsync();
        var poison = path.Spool.Series;
        path.Store.Fault = delivery => delivery.Series == poison && delivery.Number == 4 ? new FlowStoreException("a value too large", mayPass: false) : null;
        path.Spool.Fill(0, 8);
        path.StartSending();
        // Others show that it is not the store.
        await using var other = new SyncAgent(path.Server.Address, path.Server.TokenText(), "n2", "192.0.2.2").Start();
        await other.ConnectedAsync();
        using var folder = new TemporaryFolder();
        var spool = FlowSpool.Open(folder.Path, 1 << 30);
        using var stop = new CancellationTokenSource();
        var sender = new FlowSender(
            spool, _ => Task.FromResult(other.Link.Calls), new(), new(), new() { FirstWait = TimeSpan.FromMilliseconds(10), LongestWait = TimeSpan.FromMilliseconds(50) },
            TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var sending = sender.RunAsync(stop.Token);
        for (var number = 1000; path.Spool.Waiting.Batches > 0; number += 10)
        {
            spool.Fill(number, 1);
            await Task.Delay(20, TestContext.Current.CancellationToken);
            Assert.True(number < 30_000, "waited for the batch to be given up");
        }
        await stop.CancelAsync();
        await sending.Soon();
        Assert.Equal(1UL, path.Spool.Losses.Places[SpoolLosses.Refused].Batches);
        Assert.Equal(70, path.Store.Rows.Count(row => row.Node == "n1"));
    }

    [Fact]
    public async Task With_a_slow_store_the_server_holds_so_much_and_the_nodes_disk_the_rest()
    {
        var open = new TaskCompletionSource();
        var one = Weft.Flows.FlowBatch.Read(Batches.Of(0, 100));
        var bytes = one.Arrays.Sum(array => array.Data.Buffers.Sum(buffer => (long)buffer.Length));
        await using var path = await FlowPath.StartAsync(new() { Gate = open.Task }, new() { MostBytes = 4 * bytes });
        path.StartSending();
        path.Spool.Fill(0, 40, 100);
        await Patience.UntilAsync(() => path.Intake.WaitingBytes >= 2 * bytes, "the server to be full");
        await Task.Delay(100, TestContext.Current.CancellationToken); // if it took more, it would by now
        Assert.InRange(path.Intake.WaitingBytes, 2 * bytes, 6 * bytes);
        Assert.Equal(40, path.Spool.Waiting.Batches);
        open.SetResult();
        await path.EmptyAsync();
        path.AssertRows(4000);
    }

    [Fact]
    public async Task Batches_of_many_are_stored_together()
    {
        var open = new TaskCompletionSource();
        await using var path = await FlowPath.StartAsync(new() { Gate = open.Task });
        path.StartSending();
        path.Spool.Fill(0, 60);
        await Patience.UntilAsync(() => path.ServerBoard.Nodes.TryGetValue("n1", out var node) && node.Records >= 500, "most of them at the server");
        open.SetResult();
        await path.EmptyAsync();
        path.AssertRows(600);
        Assert.True(path.Store.MostInOne > 10, $"at most {path.Store.MostInOne} in one");
    }

    [Fact]
    public async Task Losses_and_what_waits_travel_also_when_there_are_no_records()
    {
        await using var path = await FlowPath.StartAsync();
        path.Losses["vrouter.packets"] = 3;
        path.StartSending();
        await Patience.UntilAsync(() => path.ServerBoard.Losses.GetValueOrDefault("vrouter.packets") == 3, "the loss");
        path.Losses["vrouter.packets"] = 5;
        await Patience.UntilAsync(() => path.ServerBoard.Losses.GetValueOrDefault("vrouter.packets") == 5, "more of it");
        Assert.Equal(0, path.Store.Appends);
    }

    [Fact]
    public async Task The_difference_of_clocks_is_measured_to_the_delay_of_the_way()
    {
        await using var path = await FlowPath.StartAsync(serverTime: new ShiftedTime(TimeSpan.FromSeconds(7)));
        path.StartSending();
        await Patience.UntilAsync(() => path.Clock.Best is not null, "a sample");
        var best = path.Clock.Best!.Value;
        Assert.InRange((best.Offset - TimeSpan.FromSeconds(7)).Duration(), TimeSpan.Zero, best.Delay / 2 + TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public async Task A_server_that_keeps_no_records_says_so()
    {
        await using var path = await FlowPath.StartAsync(keeps: false);
        path.StartSending();
        path.Spool.Fill(0, 1);
        await Patience.UntilAsync(() => path.Board.Refused == "this server keeps no flow records", "the reason at the node");
        Assert.Equal(1, path.Spool.Waiting.Batches);
    }

    [Fact]
    public async Task The_store_is_kept_in_shape()
    {
        await using var path = await FlowPath.StartAsync();
        await Patience.UntilAsync(() => path.Store.Maintained > 2, "maintenance, again and again");
    }

    sealed class ShiftedTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
