using System.Runtime.CompilerServices;
using Apache.Arrow;
using Weft.Analytics.Sql;
using Weft.Analytics.Storage;

namespace Weft.Tests.Flows.Rest;

/// <summary>A real store whose answers can be held up, or fail after the first block.</summary>
sealed class SlowStore(IFlowStore store) : IFlowStore
{
    /// <summary>Queries wait until they are cancelled: before the first block, or after it.</summary>
    internal bool HoldsBefore { get; set; }

    internal bool HoldsAfter { get; set; }

    internal string? FailsAfter { get; set; }

    internal int Running => _running;

    /// <summary>That were cancelled while they were held.</summary>
    internal int Cancelled => _cancelled;

    int _running;
    int _cancelled;

    public string Kind => store.Kind;

    public SqlDialect Dialect => store.Dialect;

    public Task OpenAsync(CancellationToken cancellation) => store.OpenAsync(cancellation);

    public Task AppendAsync(IReadOnlyList<FlowDelivery> deliveries, CancellationToken cancellation) => store.AppendAsync(deliveries, cancellation);

    public Task<ulong> NewestAsync(Guid series, CancellationToken cancellation) => store.NewestAsync(series, cancellation);

    public async IAsyncEnumerable<RecordBatch> QueryAsync(SqlQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Interlocked.Increment(ref _running);
        try
        {
            if (HoldsBefore)
                await HoldAsync(cancellation);
            await foreach (var block in store.QueryAsync(query, cancellation))
            {
                yield return block;
                if (HoldsAfter)
                    await HoldAsync(cancellation);
                if (FailsAfter is { } message)
                    throw new FlowStoreException(message, true);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    public Task<FlowHoldings> HoldingsAsync(CancellationToken cancellation) => store.HoldingsAsync(cancellation);

    public Task MaintainAsync(FlowRetention retention, DateTimeOffset now, CancellationToken cancellation) => store.MaintainAsync(retention, now, cancellation);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    async Task HoldAsync(CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _cancelled);
            throw;
        }
    }
}
