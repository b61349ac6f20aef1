using Weft.Analytics.Storage;
using Weft.Analytics.Storage.DuckDb;

namespace Weft.Tests.Flows.DuckDb;

public sealed class DuckDbKeepingTests
{
    static readonly FlowRetention s_day = new(TimeSpan.FromDays(1), TimeSpan.FromDays(2), TimeSpan.FromDays(3), 0);

    [Fact]
    public async Task What_is_too_old_goes_and_its_room_with_it()
    {
        await using var store = await DuckStore.OpenAsync();
        using var old = await store.AppendAsync(20_000);
        await store.MaintainAsync(s_day);
        store.Time.Advance(TimeSpan.FromHours(2)); // a file is of one hour, at this age
        await store.MaintainAsync(s_day);
        var before = Files(store, "records");
        using var young = await store.AppendAsync(1000, TimeSpan.FromHours(2));
        store.Time.Advance(TimeSpan.FromHours(23));
        await store.MaintainAsync(s_day);
        Assert.Equal(young.Length, await store.NumberAsync("SELECT count(*) FROM flows"));
        Assert.Equal(young.Length, (await store.Store.HoldingsAsync(default)).Rows);
        Assert.DoesNotContain(before[0], Files(store, "records"));
        Assert.Equal(old.Length + young.Length, await store.NumberAsync("SELECT sum(records) FROM flows_1m"));
        store.Time.Advance(TimeSpan.FromDays(10));
        await store.MaintainAsync(s_day);
        store.Time.Advance(TimeSpan.FromDays(10));
        await store.MaintainAsync(s_day);
        Assert.Equal(0, await store.NumberAsync("SELECT count(*) FROM flows_1m"));
        Assert.Equal(0, await store.NumberAsync("SELECT count(*) FROM flows_1h"));
    }

    [Fact]
    public async Task Of_too_many_bytes_the_oldest_go_first_and_records_have_half_of_the_room()
    {
        await using var store = await DuckStore.OpenAsync();
        var limit = s_day with { Bytes = 24L << 20 };
        for (var i = 0; i < 12; i++)
        {
            using var batch = await store.AppendAsync(40_000);
            await store.MaintainAsync(limit);
            store.Time.Advance(TimeSpan.FromMinutes(10));
        }
        var holdings = await store.Store.HoldingsAsync(default);
        Assert.InRange(holdings.Bytes, 1, limit.Bytes);
        Assert.InRange(holdings.Rows, 1, 12 * 40_000 - 1);
        Assert.Equal(holdings.Rows, await store.NumberAsync("SELECT count(*) FROM flows"));
        Assert.True(holdings.Oldest > DuckStore.Start.AddSeconds(1));
        Assert.InRange(Files(store, "records").Sum(file => new FileInfo(file).Length), limit.Bytes / 3, limit.Bytes);
        Assert.True(await store.NumberAsync("SELECT sum(records) FROM flows_1m") < 12 * 40_000);
    }

    [Fact]
    public async Task Series_are_known_after_the_file_that_told_of_them_is_gone()
    {
        await using var store = await DuckStore.OpenAsync();
        await store.AppendAsync(1000);
        for (var i = 0; i < 3; i++)
        {
            store.Time.Advance(TimeSpan.FromDays(10));
            await store.MaintainAsync(s_day);
        }
        await store.ReopenAsync();
        Assert.Equal(0, await store.NumberAsync("SELECT count(*) FROM flows"));
        Assert.Equal(1u, await store.Store.NewestAsync(store.Series, default));
        await store.AppendAsync(10);
        Assert.Equal(2, await store.NumberAsync("SELECT max(ingest) FROM flows"));
    }

    [Fact]
    public async Task A_file_without_a_field_answers_zero_or_nothing_for_it()
    {
        await using var store = await DuckStore.OpenAsync();
        using var older = await store.AppendAsync(100);
        await store.Store.DisposeAsync();
        Change(store, "ALTER TABLE records_000001.rows DROP COLUMN vni; ALTER TABLE records_000001.rows DROP COLUMN peer");
        await store.ReopenAsync();
        using var newer = await store.AppendAsync(100);
        Assert.Equal(older.Length + newer.Length, await store.NumberAsync("SELECT count(*) FROM flows"));
        Assert.Equal(older.Length, await store.NumberAsync("SELECT count(*) FROM flows WHERE vni = 0 AND peer = ''"));
        Assert.Equal(2, await store.NumberAsync("SELECT max(ingest) FROM flows"));
        Assert.Equal(2u, await store.Store.NewestAsync(store.Series, default));
    }

    [Fact]
    public async Task A_file_of_a_newer_version_is_refused_by_its_name()
    {
        await using var store = await DuckStore.OpenAsync();
        await store.Store.DisposeAsync();
        Change(store, "UPDATE records_000001.about SET schema = 1000");
        var error = await Assert.ThrowsAsync<FlowStoreException>(store.ReopenAsync);
        Assert.False(error.MayPass);
        Assert.Contains("records-000001.duckdb", error.Message, StringComparison.Ordinal);
        Assert.Contains("newer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_file_is_refused_by_its_name()
    {
        await using var store = await DuckStore.OpenAsync();
        await store.AppendAsync(1000);
        await store.Store.DisposeAsync();
        var file = Assert.Single(Files(store, "records"));
        using (var bytes = File.OpenWrite(file))
            bytes.Write(new byte[4096]);
        var error = await Assert.ThrowsAsync<FlowStoreException>(store.ReopenAsync);
        Assert.False(error.MayPass);
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_has_one_owner_at_a_time()
    {
        await using var store = await DuckStore.OpenAsync();
        await using var other = new DuckDbFlowStore(store.Options, store.Time);
        await Assert.ThrowsAsync<FlowStoreException>(() => other.OpenAsync(default));
        await store.AppendAsync(10);
    }

    [Fact]
    public async Task A_file_that_was_never_finished_is_begun_again()
    {
        await using var store = await DuckStore.OpenAsync();
        await store.Store.DisposeAsync();
        Change(store, $"ATTACH '{store.Options.Folder}/records-000002.duckdb' AS unfinished; CREATE TABLE unfinished.x (y INTEGER); CHECKPOINT unfinished");
        await store.ReopenAsync();
        using var batch = await store.AppendAsync(10);
        Assert.Equal(batch.Length, await store.NumberAsync("SELECT count(*) FROM flows"));
    }

    [Fact]
    public async Task Readers_see_whole_batches_while_one_writes_and_one_keeps_house()
    {
        await using var store = await DuckStore.OpenAsync(with => with with { RollUpRecords = 5000 });
        var written = 0L;
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            var last = 0L;
            while (!done.IsCancellationRequested)
            {
                // All records of a batch have its ingest number: none may be missing.
                var before = Interlocked.Read(ref written);
                var now = await store.NumberAsync("SELECT count(*) FROM flows");
                Assert.InRange(now, Math.Max(before, last), long.MaxValue);
                last = now;
            }
        })).ToArray();
        var keeper = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
                await store.MaintainAsync(s_day with { Bytes = 1L << 30 });
        });
        for (var i = 0; i < 20; i++)
        {
            using var batch = await store.AppendAsync(4000);
            Interlocked.Add(ref written, batch.Length);
        }
        await done.CancelAsync();
        await Task.WhenAll([.. readers, keeper]);
        await store.MaintainAsync();
        Assert.Equal(written, await store.NumberAsync("SELECT count(*) FROM flows"));
        Assert.Equal(written, await store.NumberAsync("SELECT sum(records) FROM flows_1h"));
    }

    [Fact]
    public async Task Readers_are_not_disturbed_when_files_are_forgotten()
    {
        await using var store = await DuckStore.OpenAsync(with => with with { SliceBytes = 1 });
        using var done = new CancellationTokenSource();
        var asked = 0;
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await store.QueryAsync("SELECT source_name, destination_name, sum(bytes) FROM flows GROUP BY ALL ORDER BY 3 DESC LIMIT 10");
                Interlocked.Increment(ref asked);
            }
        })).ToArray();
        for (var i = 0; i < 30; i++)
        {
            await store.AppendAsync(2000, TimeSpan.FromMinutes(i));
            store.Time.Advance(TimeSpan.FromMinutes(1));
            await store.MaintainAsync(s_day with { Records = TimeSpan.FromMinutes(3) });
        }
        await done.CancelAsync();
        await Task.WhenAll(readers);
        Assert.InRange(Files(store, "records").Length, 1, 8);
        Assert.True(asked > 10);
    }

    static string[] Files(DuckStore store, string kind) => Directory.GetFiles(store.Options.Folder, kind + "-*.duckdb");

    /// <summary>Does to the files what an older or newer version would have.</summary>
    static void Change(DuckStore store, string sql)
    {
        using var engine = new DuckDbEngine(store.Options);
        using var session = engine.Connect();
        session.Execute($"ATTACH '{store.Options.Folder}/records-000001.duckdb' AS records_000001");
        session.Execute(sql);
    }
}
