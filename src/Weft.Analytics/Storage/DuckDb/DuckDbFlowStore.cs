using System.Runtime.CompilerServices;
using Apache.Arrow;
using Weft.Analytics.Sql;

namespace Weft.Analytics.Storage.DuckDb;

/// <summary>
/// Records in files of a folder, by an engine in this process. One writes, one keeps house, many ask; none waits for
/// another.
/// </summary>
public sealed class DuckDbFlowStore(DuckDbOptions options, TimeProvider time) : IFlowStore
{
    /// <summary>A cancelled query may not have begun when it is told first.</summary>
    static readonly TimeSpan s_insist = TimeSpan.FromMilliseconds(50);

    readonly SemaphoreSlim _writing = new(1);
    readonly SemaphoreSlim _housekeeping = new(1);
    OpenStore? _store;
    bool _disposed;

    public string Kind => "duckdb";

    public SqlDialect Dialect => SqlDialect.DuckDb;

    public Task OpenAsync(CancellationToken cancellation) => WriteAsync(_ => { }, cancellation);

    public Task AppendAsync(IReadOnlyList<FlowDelivery> deliveries, CancellationToken cancellation) =>
        WriteAsync(store => store.Append(deliveries), cancellation);

    public Task<ulong> NewestAsync(Guid series, CancellationToken cancellation) =>
        Task.FromResult(Usable().Newest(series));

    public async IAsyncEnumerable<RecordBatch> QueryAsync(SqlQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var store = Usable();
        using var session = store.Ask();
        using var cursor = await InterruptedAsync(session, () => session.Open(query), cancellation).ConfigureAwait(false);
        while (await InterruptedAsync(session, cursor.Next, cancellation).ConfigureAwait(false) is { } batch)
            yield return batch;
    }

    public Task<FlowHoldings> HoldingsAsync(CancellationToken cancellation) => Task.FromResult(Usable().Holdings());

    public async Task MaintainAsync(FlowRetention retention, DateTimeOffset now, CancellationToken cancellation)
    {
        await _housekeeping.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await WriteAsync(_ => { }, cancellation).ConfigureAwait(false); // opens it again when it is of no use
            await Task.Run(() => Usable().RollUp(now, cancellation), CancellationToken.None).ConfigureAwait(false);
            await WriteAsync(open => open.Rotate(retention, now), cancellation).ConfigureAwait(false);
            await WriteAsync(open => open.Settle(now), cancellation).ConfigureAwait(false);
            await Task.Run(() => Usable().Forget(retention, now), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _housekeeping.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _housekeeping.WaitAsync().ConfigureAwait(false);
        await _writing.WaitAsync().ConfigureAwait(false);
        _disposed = true;
        _store?.Dispose();
        _store = null;
        _writing.Release();
        _housekeeping.Release();
    }

    OpenStore Usable() => _store ?? throw new FlowStoreException("the flow store is not open", true);

    async Task WriteAsync(Action<OpenStore> write, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            await Task.Run(() => write(OpenWhenNeeded()), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>After an error that leaves the engine useless it is opened again: what is in the files is what counts.</summary>
    OpenStore OpenWhenNeeded()
    {
        if (_store is { IsBroken: false } store)
            return store;
        _store?.Dispose();
        _store = null;
        return _store = OpenStore.Open(options, time.GetUtcNow());
    }

    static async Task<T> InterruptedAsync<T>(DuckDbSession session, Func<T> step, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var running = Task.Run(step, CancellationToken.None);
        using (cancellation.Register(() => _ = InsistAsync(session, running)))
        {
            try
            {
                return await running.ConfigureAwait(false);
            }
            catch (FlowStoreException) when (cancellation.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellation);
            }
        }
    }

    static async Task InsistAsync(DuckDbSession session, Task running)
    {
        using var timer = new PeriodicTimer(s_insist);
        do
            session.Interrupt();
        while (await timer.WaitForNextTickAsync().ConfigureAwait(false) && !running.IsCompleted);
    }
}
