using CsCheck;
using Weft.Analytics.Storage;

namespace Weft.Tests.Flows.DuckDb;

public sealed class DuckDbRollUpTests
{
    enum Step { Append, AppendLate, Maintain, Restart }

    [Fact]
    public async Task Roll_ups_are_what_adding_up_the_records_gives_whatever_came_late_and_whenever_it_restarted()
    {
        await Gen.Int[0, 3].Array[4, 12].SampleAsync(async steps =>
        {
            await using var store = await DuckStore.OpenAsync(
                with => with with { RollUpRecords = 700, SliceBytes = 1 << 20 }, step: 200_000);
            foreach (var step in steps)
                await Take(store, (Step)step);
            await store.MaintainAsync();
            await AssertSame(store, FlowTable.Minutes, "minute");
            await AssertSame(store, FlowTable.Hours, "hour");
            var holdings = await store.Store.HoldingsAsync(default);
            var newest = await store.NumberAsync("SELECT coalesce(max(ingest), 0::UBIGINT) FROM flows");
            Assert.All(holdings.RolledUp.Values, mark => Assert.Equal((ulong)newest, mark));
        }, iter: 12, threads: 1);
    }

    [Fact]
    public async Task Minutes_wait_for_their_end_and_hours_longer()
    {
        await using var store = await DuckStore.OpenAsync(
            with => with with { MinutesEvery = TimeSpan.FromMinutes(1), HoursEvery = TimeSpan.FromMinutes(10) });
        store.Time.Advance(TimeSpan.FromSeconds(10));
        await store.MaintainAsync(); // the first is at once
        await store.AppendAsync(10);
        store.Time.Advance(TimeSpan.FromSeconds(30));
        await store.MaintainAsync();
        Assert.Equal((0u, 0u), await Marks(store));
        store.Time.Advance(TimeSpan.FromSeconds(40));
        await store.MaintainAsync();
        Assert.Equal((1u, 0u), await Marks(store));
        store.Time.Advance(TimeSpan.FromMinutes(9));
        await store.MaintainAsync();
        Assert.Equal((1u, 1u), await Marks(store));
    }

    [Fact]
    public async Task Rows_of_a_roll_up_carry_the_number_up_to_which_records_are_in_them()
    {
        await using var store = await DuckStore.OpenAsync();
        for (var i = 0; i < 3; i++)
        {
            await store.AppendAsync(100);
            await store.MaintainAsync();
        }
        foreach (var table in new[] { "flows_1m", "flows_1h" })
        {
            Assert.Equal(
                await store.NumberAsync("SELECT count(*) FROM flows WHERE ingest <= 2"),
                await store.NumberAsync($"SELECT sum(records) FROM {table} WHERE ingest <= 2"));
        }
    }

    static async Task Take(DuckStore store, Step step)
    {
        switch (step)
        {
            case Step.Append:
                await store.AppendAsync(500);
                break;
            case Step.AppendLate:
                await store.AppendAsync(300, TimeSpan.FromHours(-3));
                break;
            case Step.Maintain:
                store.Time.Advance(TimeSpan.FromMinutes(20));
                await store.MaintainAsync();
                break;
            default:
                await store.ReopenAsync();
                break;
        }
    }

    static async Task<(ulong Minutes, ulong Hours)> Marks(DuckStore store)
    {
        var marks = (await store.Store.HoldingsAsync(default)).RolledUp;
        return (marks[FlowTable.Minutes], marks[FlowTable.Hours]);
    }

    static async Task AssertSame(DuckStore store, FlowTable table, string unit)
    {
        var keys = string.Join(", ", FlowTables.Keys.Select(field => $"\"{field.Column}\""));
        var sums = string.Join(", ", FlowTables.Sums.Select(field => $"sum(\"{field.Column}\")"));
        var plain = $"SELECT date_trunc('{unit}', time), {keys}, {sums}, count(*)::HUGEINT FROM flows GROUP BY ALL";
        var rolled = $"SELECT time, {keys}, {sums}, sum(records) FROM {table.Name()} GROUP BY ALL";
        Assert.Equal(0, await store.NumberAsync($"SELECT count(*) FROM (({plain}) EXCEPT ALL ({rolled}))"));
        Assert.Equal(0, await store.NumberAsync($"SELECT count(*) FROM (({rolled}) EXCEPT ALL ({plain}))"));
    }
}
