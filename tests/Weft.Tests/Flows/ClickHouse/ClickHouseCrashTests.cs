using Weft.Analytics.Storage;

namespace Weft.Tests.Flows.ClickHouse;

public sealed class ClickHouseCrashTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_engine_that_is_killed_again_and_again_stores_what_comes_once_and_loses_nothing()
    {
        await using var engine = new ClickHouseEngine();
        await engine.InitializeAsync();
        await using var store = await ClickHouseStore.OpenAsync(engine);
        var rows = 0L;
        var writer = Task.Run(async () =>
        {
            for (ulong number = 1; number <= 60; number++)
            {
                using var batch = store.Next(500, TimeSpan.FromHours(-(int)(number % 3) - 1));
                FlowDelivery[] deliveries = [new("node", store.Series, number, batch)];
                while (await TryAsync(store, deliveries) is { } failure)
                    Assert.True(failure.MayPass, failure.Message);
                Interlocked.Add(ref rows, batch.Length);
            }
        }, Cancel);
        for (var round = 0; round < 3; round++)
        {
            var before = Interlocked.Read(ref rows);
            while (Interlocked.Read(ref rows) < before + 2000 && !writer.IsCompleted)
                await Task.Yield();
            await engine.RestartAsync();
        }
        await writer;
        Assert.Equal(rows, await store.NumberAsync("SELECT count() FROM flows"));
        Assert.Equal(rows, await store.NumberAsync("SELECT sum(records) FROM flows_1m"));
        Assert.Equal(rows, await store.NumberAsync("SELECT sum(records) FROM flows_1h"));
        await store.ReopenAsync();
        Assert.Equal(60u, await store.Store.NewestAsync(store.Series, Cancel));
    }

    static async Task<FlowStoreException?> TryAsync(ClickHouseStore store, FlowDelivery[] deliveries)
    {
        try
        {
            await store.Store.AppendAsync(deliveries, Cancel);
            return null;
        }
        catch (FlowStoreException failure)
        {
            return failure;
        }
    }
}
