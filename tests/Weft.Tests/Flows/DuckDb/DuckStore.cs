using Apache.Arrow;
using Microsoft.Extensions.Time.Testing;
using Weft.Analytics.Sql;
using Weft.Analytics.Storage;
using Weft.Analytics.Storage.DuckDb;
using Weft.Bench.Flows;

namespace Weft.Tests.Flows.DuckDb;

/// <summary>A store in a folder of one test, with generated records to put in.</summary>
sealed class DuckStore : IAsyncDisposable
{
    internal static readonly DateTimeOffset Start = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);

    readonly TemporaryFolder _folder = new();
    readonly FlowGenerator _generator;
    ulong _number;

    DuckStore(Func<DuckDbOptions, DuckDbOptions>? with, double step)
    {
        Options = new DuckDbOptions(_folder["flows"]) { MinutesEvery = TimeSpan.Zero, HoursEvery = TimeSpan.Zero, MemoryBytes = 256L << 20 };
        Options = with?.Invoke(Options) ?? Options;
        _generator = new(7, Microseconds(Start), step);
        Store = new DuckDbFlowStore(Options, Time);
    }

    internal DuckDbOptions Options { get; }

    internal FakeTimeProvider Time { get; } = new(Start);

    internal DuckDbFlowStore Store { get; private set; }

    internal Guid Series { get; } = Guid.NewGuid();

    internal static async Task<DuckStore> OpenAsync(Func<DuckDbOptions, DuckDbOptions>? with = null, double step = 1000)
    {
        var store = new DuckStore(with, step);
        await store.Store.OpenAsync(default);
        return store;
    }

    /// <summary>Another store over the same files, after this one was closed.</summary>
    internal async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = new DuckDbFlowStore(Options, Time);
        await Store.OpenAsync(default);
    }

    /// <summary>The next records of the cluster, or others of a while before or after.</summary>
    internal async Task<RecordBatch> AppendAsync(int count, TimeSpan shift = default)
    {
        var generator = shift == default ? _generator : new FlowGenerator((int)_number, Microseconds(Start + shift), 1000);
        var batch = generator.Next(count);
        await Store.AppendAsync([new FlowDelivery("node-1", Series, ++_number, batch)], default);
        return batch;
    }

    internal Task MaintainAsync(FlowRetention? retention = null) =>
        Store.MaintainAsync(retention ?? FlowRetention.Default, Time.GetUtcNow(), default);

    internal async Task<List<RecordBatch>> QueryAsync(string sql, params object[] values)
    {
        var batches = new List<RecordBatch>();
        var query = new SqlQuery(sql, [.. values.Select((value, i) => new SqlParameter("p" + i, value))]);
        await foreach (var batch in Store.QueryAsync(query, default))
            batches.Add(batch);
        return batches;
    }

    internal async Task<long> NumberAsync(string sql, params object[] values)
    {
        var batch = Assert.Single(await QueryAsync(sql, values));
        return batch.Column(0) switch
        {
            Int64Array numbers => numbers.GetValue(0)!.Value,
            UInt64Array numbers => (long)numbers.GetValue(0)!.Value,
            var other => throw new InvalidOperationException(other.Data.DataType.Name),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _folder.Dispose();
    }

    static long Microseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() * 1000;
}
