using Apache.Arrow;
using Weft.Analytics.Storage;
using Weft.Analytics.Storage.DuckDb;
using Weft.Bench.Flows;

namespace Weft.Kernel.Tests.Flows;

public sealed class FullDiskTests
{
    [Theory]
    [InlineData(500)] // into the log
    [InlineData(40_000)] // straight to its place
    public async Task A_full_disk_is_told_stores_nothing_by_half_and_is_over_when_there_is_room(int rows)
    {
        using var disk = new SmallDisk("24m");
        var options = new DuckDbOptions(Path.Combine(disk.Path, "flows"));
        var generator = new FlowGenerator(1, 1_770_000_000_000_000, 100);
        var (series, number, acknowledged) = (Guid.NewGuid(), 0UL, 0L);
        await using (var store = new DuckDbFlowStore(options, TimeProvider.System))
        {
            await store.OpenAsync(TestContext.Current.CancellationToken);
            FlowStoreException? full = null;
            for (var i = 0; full is null; i++)
            {
                Assert.True(i < 5000, "the disk never fills");
                full = await TryAppend(store);
            }
            Assert.True(full.MayPass);
            Assert.Contains("is full", full.Message, StringComparison.Ordinal);
            Assert.Contains(disk.Path, full.Message, StringComparison.Ordinal);
            Assert.Equal(acknowledged, await Count(store));
            Assert.True((await TryAppend(store))!.MayPass);
            Assert.Equal(number, await store.NewestAsync(series, TestContext.Current.CancellationToken));

            disk.Resize("96m");
            Assert.Null(await TryAppend(store));
            Assert.Equal(acknowledged, await Count(store));
            await store.MaintainAsync(FlowRetention.Default, TimeProvider.System.GetUtcNow(), TestContext.Current.CancellationToken);
        }
        await using var again = new DuckDbFlowStore(options, TimeProvider.System);
        await again.OpenAsync(TestContext.Current.CancellationToken);
        Assert.Equal(acknowledged, await Count(again));

        async Task<FlowStoreException?> TryAppend(DuckDbFlowStore store)
        {
            using var batch = generator.Next(rows);
            try
            {
                await store.AppendAsync([new FlowDelivery("node", series, number + 1, batch)], default);
                (number, acknowledged) = (number + 1, acknowledged + batch.Length);
                return null;
            }
            catch (FlowStoreException error)
            {
                return error;
            }
        }
    }

    static async Task<long> Count(DuckDbFlowStore store)
    {
        await foreach (var batch in store.QueryAsync(new("SELECT count(*) FROM flows", []), default))
            return ((Int64Array)batch.Column(0)).Values[0];
        throw new InvalidOperationException("no answer");
    }

    /// <summary>A disk in memory, as small as a test wants it.</summary>
    sealed class SmallDisk : IDisposable
    {
        internal SmallDisk(string size)
        {
            Sweep.Once();
            Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), RunName.Next("disk"));
            Directory.CreateDirectory(Path);
            Command.Run("mount", "-t", "tmpfs", "-o", $"size={size}", "weft-test", Path);
        }

        internal string Path { get; }

        internal void Resize(string size) => Command.Run("mount", "-o", $"remount,size={size}", Path);

        public void Dispose()
        {
            Command.Run("umount", "--lazy", Path);
            Directory.Delete(Path);
        }
    }
}
