using System.Globalization;
using Weft.Analytics.Storage;
using Weft.Analytics.Storage.DuckDb;

namespace Weft.Bench.Flows;

/// <summary>A day of generated records in a folder, made once: a hundred million take minutes and ten gigabytes.</summary>
static class FlowDatabase
{
    const int Seed = 1;
    const int Batch = 100_000;
    static readonly DateTimeOffset s_start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    static readonly Guid s_series = new("5d0e6ec0-6a0c-4d6f-8f5c-7a1b8f1f3a10");

    /// <summary>Of the day, at the end of which questions are asked.</summary>
    internal static DateTimeOffset End => s_start.AddDays(1);

    /// <summary>Who takes part.</summary>
    internal static FlowCast Cast() => new(new Random(Seed));

    /// <summary>Opens what is there; makes what is not, as the server would: batches, with house-keeping in between.</summary>
    internal static async Task<DuckDbFlowStore> OpenAsync(string cache, long records)
    {
        var folder = Path.Combine(cache, string.Create(CultureInfo.InvariantCulture, $"flows-{records}"));
        var store = new DuckDbFlowStore(new DuckDbOptions(folder), TimeProvider.System);
        await store.OpenAsync(default);
        var batches = records / Batch;
        // The generator cannot go on in the middle: it is asked again for what is there, which is the faster half.
        var generator = new FlowGenerator(Seed, s_start.ToUnixTimeMilliseconds() * 1000, 86_400e6 / records * RecordsOfConnection());
        var next = Task.Run(() => generator.Next(Batch));
        for (ulong number = 1, there = await store.NewestAsync(s_series, default); number <= (ulong)batches; number++)
        {
            using var batch = await next;
            var now = DateTimeOffset.UnixEpoch.AddMicroseconds(generator.Now);
            next = Task.Run(() => generator.Next(Batch));
            if (number <= there)
                continue;
            await store.AppendAsync([new FlowDelivery("node-1", s_series, number, batch)], default);
            await store.MaintainAsync(FlowRetention.Default with { Bytes = 0 }, now, default);
            if (number % 50 == 0)
                Console.Error.WriteLine($"{number * Batch:N0} of {records:N0} records");
        }
        (await next).Dispose();
        await store.MaintainAsync(FlowRetention.Default with { Bytes = 0 }, End.AddMinutes(1), default);
        return store;
    }

    /// <summary>Both ends record most of them, some twice: measured, so that the records fill the day.</summary>
    static double RecordsOfConnection()
    {
        var generator = new FlowGenerator(Seed, 0, 1);
        using var batch = generator.Next(Batch);
        return batch.Length / (double)generator.Now;
    }
}
