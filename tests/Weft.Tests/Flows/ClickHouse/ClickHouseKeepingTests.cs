using Weft.Analytics.Storage;

namespace Weft.Tests.Flows.ClickHouse;

[Collection(ClickHouseCollection.Name)]
public sealed class ClickHouseKeepingTests(ClickHouseEngine engine)
{
    static readonly FlowRetention s_day = new(TimeSpan.FromDays(1), TimeSpan.FromDays(2), TimeSpan.FromDays(3), 0);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_too_old_goes_by_the_hour_and_roll_ups_stay_longer()
    {
        await using var store = await ClickHouseStore.OpenAsync(engine);
        using var old = await store.AppendAsync(5000, TimeSpan.FromHours(-5));
        using var young = await store.AppendAsync(1000);
        await store.MaintainAsync(s_day);
        Assert.Equal(old.Length + young.Length, await store.NumberAsync("SELECT count() FROM flows"));
        store.Time.Advance(TimeSpan.FromHours(23));
        await store.MaintainAsync(s_day);
        Assert.Equal(young.Length, await store.NumberAsync("SELECT count() FROM flows"));
        Assert.Equal(old.Length + young.Length, await store.NumberAsync("SELECT sum(records) FROM flows_1m"));
        Assert.Equal(1, await store.NumberAsync("SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'flows' AND engine_full LIKE '%TTL toDateTime(time) + toIntervalSecond(86400)%'"));
        await store.MaintainAsync(s_day with { Records = TimeSpan.FromDays(9) });
        Assert.Equal(1, await store.NumberAsync("SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'flows' AND engine_full LIKE '%TTL toDateTime(time) + toIntervalSecond(777600)%'"));
        store.Time.Advance(TimeSpan.FromDays(60));
        await store.MaintainAsync(s_day);
        Assert.Equal(0, await store.NumberAsync("SELECT count() FROM flows_1m"));
        Assert.Equal(0, await store.NumberAsync("SELECT count() FROM flows_1h"));
        await store.ReopenAsync();
        Assert.Equal(2u, await store.Store.NewestAsync(store.Series, Cancel));
    }

    [Fact]
    public async Task Of_too_many_bytes_the_oldest_go_first()
    {
        await using var store = await ClickHouseStore.OpenAsync(engine);
        for (var hours = 9; hours >= 0; hours--)
            (await store.AppendAsync(4000, TimeSpan.FromHours(-hours))).Dispose();
        var before = await store.Store.HoldingsAsync(Cancel);
        var limit = s_day with { Bytes = before.Bytes * 3 / 4 };
        await store.MaintainAsync(limit);
        var newest = await store.NumberAsync("SELECT count() FROM flows WHERE time >= fromUnixTimestamp64Micro({p0:Int64}, 'UTC')", store.Begin.ToUnixTimeMilliseconds() * 1000);
        var after = await store.Store.HoldingsAsync(Cancel);
        Assert.InRange(after.Bytes, 1, limit.Bytes);
        Assert.InRange(after.Rows, 4000, before.Rows - 4000);
        Assert.True(newest >= 4000);
        Assert.True(after.Oldest > before.Oldest);
    }

    [Fact]
    public async Task A_field_that_an_older_version_did_not_have_is_zero_or_empty_and_kept_from_then_on()
    {
        await using var store = await ClickHouseStore.OpenAsync(engine);
        using var older = await store.AppendAsync(100);
        using (var client = engine.Connect(store.Options.Database))
        {
            foreach (var view in (string[])["flows", "flows_1m", "flows_1h", "flows_series"])
                await client.ExecuteNonQueryAsync($"DROP VIEW flows_incoming_to_{view}", cancellationToken: Cancel);
            await client.ExecuteNonQueryAsync("ALTER TABLE flows DROP COLUMN vni", cancellationToken: Cancel);
            await client.ExecuteNonQueryAsync("ALTER TABLE flows_incoming DROP COLUMN vni", cancellationToken: Cancel);
        }
        await store.ReopenAsync();
        using var newer = await store.AppendAsync(100);
        Assert.Equal(older.Length + newer.Length, await store.NumberAsync("SELECT count() FROM flows"));
        Assert.Equal(older.Length, await store.NumberAsync("SELECT count() FROM flows WHERE vni = 0 AND ingest = 1"));
        Assert.Equal(older.Length + newer.Length, await store.NumberAsync("SELECT sum(records) FROM flows_1h"));
        Assert.Equal(2, await store.NumberAsync("SELECT max(ingest) FROM flows"));
    }

    [Fact]
    public async Task Tables_of_a_newer_version_are_refused()
    {
        await using var store = await ClickHouseStore.OpenAsync(engine);
        using var client = engine.Connect(store.Options.Database);
        await client.ExecuteNonQueryAsync("INSERT INTO flows_about (layout, schema) VALUES (1, 1000)", cancellationToken: Cancel);
        var error = await Assert.ThrowsAsync<FlowStoreException>(store.ReopenAsync);
        Assert.False(error.MayPass);
        Assert.Contains("newer Weft", error.Message, StringComparison.Ordinal);
    }
}
