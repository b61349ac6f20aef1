using System.Diagnostics;
using System.Globalization;
using Weft.Analytics.Storage;
using Weft.Analytics.Storage.DuckDb;
using Weft.Bench.Flows;

namespace Weft.Tests.Flows.DuckDb;

/// <summary>The test is also the process that is killed: it runs itself again, told so by its environment.</summary>
public sealed class DuckDbCrashTests
{
    const string Child = "WEFT_TEST_CRASH_FOLDER";
    const int Rows = 3000;

    static readonly Guid s_series = new("6a8de4f4-4f0c-4c52-b1cf-0d5f0f6a7f01");

    [Fact]
    public async Task What_was_acknowledged_before_a_kill_is_there_after_it_and_nothing_is_half_there()
    {
        if (Environment.GetEnvironmentVariable(Child) is { } given)
        {
            await WriteUntilKilled(given);
            return;
        }
        using var folder = new TemporaryFolder();
        var acknowledged = 0L;
        for (var round = 0; round < 3; round++)
        {
            acknowledged = KillAfter(folder.Path, acknowledged + 15);
            await using var store = new DuckDbFlowStore(new DuckDbOptions(folder["flows"]), TimeProvider.System);
            await store.OpenAsync(TestContext.Current.CancellationToken);
            var newest = (long)await store.NewestAsync(s_series, TestContext.Current.CancellationToken);
            Assert.InRange(newest, acknowledged, acknowledged + 1); // it may have been killed before it could tell
            var expected = Generated(newest);
            Assert.Equal(expected, (await store.HoldingsAsync(TestContext.Current.CancellationToken)).Rows);
            acknowledged = newest;
        }
    }

    /// <summary>Starts the writer and kills it when it has told of so many batches; says of how many in the end.</summary>
    static long KillAfter(string folder, long batches)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { "--filter-method", "*.What_was_acknowledged_before_a_kill_is_there_after_it_and_nothing_is_half_there" },
            Environment = { [Child] = folder },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Insert(0, Environment.GetCommandLineArgs()[0]);
        using var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var deadline = Stopwatch.StartNew();
        try
        {
            while (Acknowledged(folder) < batches)
            {
                Assert.False(process.HasExited, "the writer ended by itself");
                Assert.True(deadline.Elapsed < TimeSpan.FromMinutes(2), "the writer is too slow");
                process.WaitForExit(5);
            }
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
        return Acknowledged(folder);
    }

    static async Task WriteUntilKilled(string folder)
    {
        await using var store = new DuckDbFlowStore(new DuckDbOptions(Path.Combine(folder, "flows")) { MinutesEvery = TimeSpan.Zero }, TimeProvider.System);
        await store.OpenAsync(default);
        var keeper = Task.Run(async () =>
        {
            while (true)
                await store.MaintainAsync(FlowRetention.Default, TimeProvider.System.GetUtcNow(), default);
        });
        for (var number = await store.NewestAsync(s_series, default) + 1; !keeper.IsCompleted; number++)
        {
            await store.AppendAsync([new FlowDelivery("node", s_series, number, Batch(number))], default);
            await File.AppendAllTextAsync(Path.Combine(folder, "acknowledged"), number.ToString(CultureInfo.InvariantCulture) + "\n");
        }
    }

    static long Acknowledged(string folder)
    {
        var file = Path.Combine(folder, "acknowledged");
        if (!File.Exists(file))
            return 0;
        var lines = File.ReadAllText(file).Split('\n');
        return lines.Length < 2 ? 0 : long.Parse(lines[^2], CultureInfo.InvariantCulture);
    }

    static long Generated(long newest) => Enumerable.Range(1, (int)newest).Sum(number =>
    {
        using var batch = Batch((ulong)number);
        return (long)batch.Length;
    });

    static Apache.Arrow.RecordBatch Batch(ulong number) =>
        new FlowGenerator((int)number, 1_770_000_000_000_000 + (long)number * 1_000_000, 100).Next(number % 5 == 0 ? 20 * Rows : Rows);
}
