using Weft.Analytics.Storage;
using Weft.Analytics.Storage.ClickHouse;
using Weft.Tests.Flows.Stores;
using Weft.Tests.Sync;

namespace Weft.Tests.Flows.ClickHouse;

[Collection(ClickHouseCollection.Name)]
public sealed class ClickHouseFlowStoreTests(ClickHouseEngine engine) : FlowStoreTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Parameters_of_every_type_are_compared_with_columns()
    {
        await using var store = await ClickHouseStore.OpenAsync(engine);
        using var batch = await store.AppendAsync(1000);
        var column = (Apache.Arrow.Arrays.FixedSizeBinaryArray)batch.Column(Weft.Flows.FlowSchema.Arrow.GetFieldIndex("source_address"));
        var address = Convert.ToHexString(column.GetBytes(0));
        Assert.Equal(Values(column).Count(address.Equals), await store.NumberAsync(
            "SELECT count() FROM flows WHERE source_address = {p0:UInt128} AND time >= fromUnixTimestamp64Micro({p1:Int64}, 'UTC') AND bytes >= {p2:UInt64} AND rtt >= {p3:Float64} AND node <> {p4:String}",
            System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(column.GetBytes(0)), 1L, 0UL, 0.0, "it's\tnone \\"));
    }

    [Fact]
    public async Task Roll_ups_are_what_adding_up_the_records_gives_whatever_came_late_and_whenever_it_restarted()
    {
        await using var store = await ClickHouseStore.OpenAsync(engine, step: 200_000);
        foreach (var step in (int[])[0, 1, 0, 2, 0, 1, 2, 0])
        {
            if (step == 2)
                await store.ReopenAsync();
            else
                (await store.AppendAsync(500, step == 1 ? TimeSpan.FromHours(-3) : default)).Dispose();
            await store.MaintainAsync();
        }
        Assert.Equal(await SumAsync(store, "flows", "toStartOfMinute(time)", "count()"), await SumAsync(store, "flows_1m", "time", "sum(records)"));
        Assert.Equal(await SumAsync(store, "flows", "toStartOfHour(time)", "count()"), await SumAsync(store, "flows_1h", "time", "sum(records)"));
        Assert.NotEqual(await SumAsync(store, "flows", "toStartOfMinute(time)", "count()"), await SumAsync(store, "flows", "toStartOfHour(time)", "count()"));
    }

    [Fact]
    public async Task Deliveries_of_many_nodes_and_hours_are_one_insert_and_come_back_whole()
    {
        await using var store = await ClickHouseStore.OpenAsync(engine);
        var deliveries = Enumerable.Range(0, 12).Select(i => new FlowDelivery("node", Guid.NewGuid(), 3, store.Next(200, TimeSpan.FromHours(-i)))).ToArray();
        await store.Store.AppendAsync(deliveries, Cancel);
        Assert.Equal(
            Rows(deliveries.Select(delivery => delivery.Records)),
            Rows(await store.QueryAsync($"SELECT {string.Join(", ", Weft.Flows.FlowSchema.Fields.Select(field => field.Column))} FROM flows")));
        Assert.Equal(1, await store.NumberAsync("SELECT uniqExact(ingest) FROM flows"));
        foreach (var delivery in deliveries)
            Assert.Equal(3u, await store.Store.NewestAsync(delivery.Series, Cancel));
    }

    [Fact]
    public async Task Cancelled_appends_are_stored_once_however_they_are_grouped_when_they_come_again()
    {
        await using var store = await ClickHouseStore.OpenAsync(engine);
        var random = new Random(5);
        var (number, rows) = (0ul, 0L);
        for (var round = 0; round < 12; round++)
        {
            var sent = Enumerable.Range(1, 4).Select(i => new FlowDelivery("node", store.Series, number + (ulong)i, store.Next(300, TimeSpan.FromHours(-i)))).ToArray();
            using (var leave = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(0, 40))))
                await Xunit.Record.ExceptionAsync(() => store.Store.AppendAsync(sent, leave.Token));
            if (round % 3 == 0)
                await store.ReplaceAsync();
            foreach (var group in sent.Chunk(1 + round % 3))
                await store.Store.AppendAsync(group, Cancel);
            (number, rows) = (number + 4, rows + sent.Sum(delivery => delivery.Records.Length));
            Assert.Equal(rows, await store.NumberAsync("SELECT count() FROM flows"));
            Assert.Equal(rows, await store.NumberAsync("SELECT sum(records) FROM flows_1m"));
            Assert.Equal(rows, await store.NumberAsync("SELECT sum(records) FROM flows_1h"));
            Assert.Equal(number, await store.Store.NewestAsync(store.Series, Cancel));
        }
    }

    [Fact]
    public async Task A_cancelled_question_ends_in_the_engine()
    {
        await using var store = await ClickHouseStore.OpenAsync(engine);
        await using var other = await ClickHouseStore.OpenAsync(engine);
        using var cancel = new CancellationTokenSource();
        var asking = Task.Run(async () =>
        {
            await foreach (var _ in store.Store.QueryAsync(new(store.LongSum, []), cancel.Token))
                Assert.Fail("it cannot be done");
        }, Cancel);
        const string running = "SELECT count() FROM system.processes WHERE query LIKE '%sum(sipHash64(number))%' AND query NOT LIKE '%system.processes%'";
        await Patience.UntilAsync(async () => await other.NumberAsync(running) == 1, "the question to run");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await Patience.UntilAsync(async () => await other.NumberAsync(running) == 0, "the question to end");
    }

    [Fact]
    public async Task A_question_that_fails_amid_its_answer_says_why()
    {
        await using var store = await ClickHouseStore.OpenAsync(engine);
        var error = await Assert.ThrowsAsync<FlowStoreException>(
            () => store.QueryAsync("SELECT throwIf(number = 9000000, 'too far') AS a, number FROM numbers(10000000) SETTINGS max_threads = 1"));
        Assert.Contains("too far", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_who_is_not_let_in_or_a_place_where_nobody_is_may_pass()
    {
        var options = new ClickHouseOptions(new Uri("http://127.0.0.1:1"));
        await using var store = new ClickHouseFlowStore(options, TimeProvider.System);
        var error = await Assert.ThrowsAsync<FlowStoreException>(() => store.OpenAsync(Cancel));
        Assert.True(error.MayPass);
        Assert.Contains("http://127.0.0.1:1/weft cannot be reached", error.Message, StringComparison.Ordinal);
    }

    private protected override async Task<TestStore> OpenAsync() => await ClickHouseStore.OpenAsync(engine);

    /// <summary>The same number for the same rows, in whatever order.</summary>
    static Task<long> SumAsync(ClickHouseStore store, string table, string time, string count)
    {
        var keys = string.Join(", ", FlowTables.Keys.Select(field => field.Column));
        var sums = string.Join(", ", FlowTables.Sums.Select(field => $"sum(f.{field.Column}) AS sum_{field.Column}"));
        return store.NumberAsync(
            $"SELECT reinterpretAsInt64(sum(cityHash64(*))) FROM (SELECT toUnixTimestamp(toDateTime({time.Replace("time", "f.time", StringComparison.Ordinal)})) AS at, {keys}, {sums}, {count} AS rows FROM {table} AS f GROUP BY at, {keys})");
    }
}
