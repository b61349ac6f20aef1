using System.Diagnostics;
using System.Globalization;
using Weft.Analytics.Storage;

namespace Weft.Bench.Flows;

/// <summary>Records into the store for a while, at a rate or as fast as it goes, with house-keeping beside it.</summary>
static class FlowAppendRun
{
    const int Deliveries = 10;

    /// <param name="rate">Records a second; 0: as fast as it goes.</param>
    /// <param name="gather">Of the records of how long an append is made.</param>
    internal static async Task<string> RunAsync(IFlowStore store, int rate, TimeSpan duration, TimeSpan gather)
    {
        await store.OpenAsync(default);
        var there = (await store.HoldingsAsync(default)).Rows;
        var rows = (int)((rate == 0 ? 200_000 : rate) * gather.TotalSeconds / Deliveries);
        var start = TimeProvider.System.GetUtcNow();
        var generator = new FlowGenerator(1, start.ToUnixTimeMilliseconds() * 1000, 1e6 / Math.Max(rate, 100_000));
        using var done = new CancellationTokenSource();
        var keeper = KeepAsync(store, done.Token);
        var appends = new List<double>();
        var (written, series) = (0L, Guid.NewGuid());
        var clock = Stopwatch.StartNew();
        for (ulong number = 0; clock.Elapsed < duration;)
        {
            var deliveries = Enumerable.Range(0, Deliveries).Select(_ => new FlowDelivery("node-1", series, ++number, generator.Next(rows))).ToArray();
            written += deliveries.Sum(delivery => delivery.Records.Length);
            var begin = Stopwatch.GetTimestamp();
            await store.AppendAsync(deliveries, default);
            appends.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            foreach (var delivery in deliveries)
                delivery.Records.Dispose();
            var ahead = rate == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)written / rate) - clock.Elapsed;
            if (ahead > TimeSpan.Zero)
                await Task.Delay(ahead, CancellationToken.None);
        }
        var elapsed = clock.Elapsed;
        await done.CancelAsync();
        await keeper;
        appends.Sort();
        var holdings = await store.HoldingsAsync(default);
        if (holdings.Rows - there != written)
            throw new InvalidOperationException($"{written} were acknowledged, {holdings.Rows - there} are there");
        return string.Create(CultureInfo.InvariantCulture,
            $"{written:N0} records in {elapsed.TotalSeconds:0} s: {written / elapsed.TotalSeconds:N0} a second; an append of {rows * Deliveries:N0}: median {appends[appends.Count / 2]:0} ms, 99 % {appends[(int)(appends.Count * 0.99)]:0} ms, longest {appends[^1]:0} ms; {Environment.WorkingSet >> 20} MiB of memory here; {holdings.Bytes / (double)holdings.Rows:0} bytes a record with roll-ups");
    }

    static async Task KeepAsync(IFlowStore store, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5));
        try
        {
            do
                await store.MaintainAsync(FlowRetention.Default, TimeProvider.System.GetUtcNow(), cancellation);
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        catch (OperationCanceledException)
        {
            // the run is over
        }
    }
}
