using Apache.Arrow;
using Microsoft.Extensions.Time.Testing;
using Weft.Analytics.Sql;
using Weft.Analytics.Storage;
using Weft.Bench.Flows;

namespace Weft.Tests.Flows.Stores;

/// <summary>A store of one test, with generated records to put in.</summary>
abstract class TestStore(DateTimeOffset start, double step) : IAsyncDisposable
{
    readonly FlowGenerator _generator = new(7, Microseconds(start), step);
    ulong _number;

    internal abstract IFlowStore Store { get; }

    /// <summary>Of the first record.</summary>
    internal DateTimeOffset Begin => start;

    internal FakeTimeProvider Time { get; } = new(start);

    internal Guid Series { get; } = Guid.NewGuid();

    /// <summary>A statement that has rows at once, and hours later still.</summary>
    internal abstract string LongAnswer { get; }

    /// <summary>A statement that has its only row after hours.</summary>
    internal abstract string LongSum { get; }

    /// <summary>Another store over what this one has kept.</summary>
    internal abstract Task ReopenAsync();

    /// <summary>The next records of the cluster, or others of a while before or after.</summary>
    internal async Task<RecordBatch> AppendAsync(int count, TimeSpan shift = default)
    {
        var batch = Next(count, shift);
        await Store.AppendAsync([new FlowDelivery("node-1", Series, ++_number, batch)], default);
        return batch;
    }

    /// <summary>Records that are not stored yet.</summary>
    internal RecordBatch Next(int count, TimeSpan shift = default)
    {
        var generator = shift == default ? _generator : new FlowGenerator((int)_number, Microseconds(start + shift), 1000);
        return generator.Next(count);
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

    public abstract ValueTask DisposeAsync();

    static long Microseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() * 1000;
}
