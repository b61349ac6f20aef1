using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Apache.Arrow;
using Microsoft.Extensions.Logging;
using Weft.Analytics.Storage;
using Weft.Metrics;

namespace Weft.Server.Flows;

/// <summary>Takes batches of all nodes and stores many at once.</summary>
/// <remarks>
/// Bounded in bytes: who offers more waits, and so does its node, which keeps the rest on its disk. What fails is tried again
/// until it is stored; nothing is acknowledged before. A batch that the store refuses although it takes others is given back
/// to its stream as a fault.
/// </remarks>
public sealed partial class FlowIntake(IFlowStore store, FlowIngestOptions options, TimeProvider time, ILogger<FlowIntake> logger) : IDisposable
{
    readonly SemaphoreSlim _attaching = new(1);
    readonly Channel<Offered> _queue = Channel.CreateUnbounded<Offered>(new() { SingleReader = true });
    readonly ConcurrentDictionary<Guid, FlowSeries> _series = [];
    readonly ByteBudget _budget = new(options.MostBytes);
    readonly ILogger _logger = logger;
    readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    volatile string _refused = "the store of flow records is not open yet";
    long _stored;

    /// <summary>Why nothing is stored now; empty: it is.</summary>
    public string Refused => _refused;

    /// <summary>Records, since this server runs.</summary>
    public long StoredRecords => Interlocked.Read(ref _stored);

    /// <summary>That wait for the store.</summary>
    public long WaitingBytes => _budget.Held;

    /// <summary>Of appends to the store that worked.</summary>
    public MetricHistogram AppendTimes { get; } = new();

    /// <summary>Are told what was stored.</summary>
    public IReadOnlyList<IFlowTap> Taps { get; init; } = [];

    internal FlowIngestOptions Options => options;

    /// <summary>Opens the store, and stores what comes, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await PersistAsync(() => store.OpenAsync(cancellation), cancellation);
        _open.TrySetResult();
        var group = new List<Offered>();
        while (true)
        {
            await GatherAsync(group, cancellation);
            await StoreAsync(group, cancellation);
            foreach (var offered in group)
                Done(offered);
            group.Clear();
        }
    }

    /// <summary>Done once the store is open.</summary>
    internal Task OpenAsync(CancellationToken cancellation) => _open.Task.WaitAsync(cancellation);

    /// <summary>The series, as far as it is stored or queued, for a stream that is called when that changes.</summary>
    /// <exception cref="FlowStoreException">The store does not say how far it is.</exception>
    internal async Task<FlowSeries> AttachAsync(Guid uid, Action changed, CancellationToken cancellation)
    {
        await _open.Task.WaitAsync(cancellation);
        await _attaching.WaitAsync(cancellation);
        try
        {
            foreach (var left in _series.Values.Where(known => known.Uid != uid && known.IsIdle && known.IsLeft))
                _series.TryRemove(left.Uid, out _);
            var series = _series.GetOrAdd(uid, key => new(key));
            if (series.IsIdle)
                series.Begin(await store.NewestAsync(uid, cancellation));
            series.Attach(changed);
            return series;
        }
        finally
        {
            _attaching.Release();
        }
    }

    /// <summary>Waits for room, and queues it.</summary>
    internal async Task OfferAsync(FlowSeries series, FlowDelivery delivery, CancellationToken cancellation)
    {
        var bytes = BytesOf(delivery.Records);
        await _budget.TakeAsync(bytes, cancellation);
        if (series.TryQueue(delivery.Number, out var epoch))
            _queue.Writer.TryWrite(new(series, epoch, delivery, bytes));
        else
            _budget.Give(bytes);
    }

    public void Dispose() => _attaching.Dispose();

    async Task GatherAsync(List<Offered> group, CancellationToken cancellation)
    {
        group.Add(await _queue.Reader.ReadAsync(cancellation));
        var rows = group[0].Delivery.Records.Length;
        var begin = time.GetTimestamp();
        while (rows < options.MostRows)
        {
            if (_queue.Reader.TryRead(out var next))
            {
                group.Add(next);
                rows += next.Delivery.Records.Length;
                continue;
            }
            var left = options.Gather - time.GetElapsedTime(begin);
            if (left <= TimeSpan.Zero || _budget.IsShort)
                return;
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(_queue.Reader.WaitToReadAsync(end.Token).AsTask(), Task.Delay(left, time, end.Token));
            await end.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Until all are stored, or given back.</summary>
    async Task StoreAsync(List<Offered> group, CancellationToken cancellation) => await PersistAsync(async () =>
    {
        try
        {
            await AppendAsync(Wanted(group), cancellation);
        }
        catch (FlowStoreException failure) when (!failure.MayPass)
        {
            while (_queue.Reader.TryRead(out var next)) // of others, to see whether it is the store that fails
                group.Add(next);
            await OneByOneAsync(group, failure, cancellation);
        }
    }, cancellation);

    static List<Offered> Wanted(List<Offered> group) =>
        [.. group.Where(offered => offered.Series.Holds(offered.Epoch) && offered.Delivery.Number > offered.Series.Stored)];

    /// <summary>Each alone: those are at fault that fail where others do not. When all fail, the store is.</summary>
    async Task OneByOneAsync(List<Offered> group, FlowStoreException first, CancellationToken cancellation)
    {
        var failed = new Dictionary<FlowSeries, string>();
        var isWell = false;
        foreach (var offered in Wanted(group).Where(offered => !failed.ContainsKey(offered.Series)))
        {
            try
            {
                await AppendAsync([offered], cancellation);
                isWell = true;
            }
            catch (FlowStoreException failure) when (!failure.MayPass)
            {
                failed.Add(offered.Series, failure.Message);
            }
        }
        if (failed.Count > 0 && !isWell)
            throw first;
        foreach (var (series, fault) in failed)
            series.SetFault(fault);
    }

    async Task AppendAsync(List<Offered> wanted, CancellationToken cancellation)
    {
        if (wanted.Count == 0)
            return;
        FlowDelivery[] deliveries = [.. wanted.Select(offered => offered.Delivery)];
        var begin = Stopwatch.GetTimestamp();
        await store.AppendAsync(deliveries, cancellation);
        AppendTimes.ObserveSince(begin);
        foreach (var tap in Taps)
            tap.Stored(deliveries);
        foreach (var offered in wanted)
        {
            Interlocked.Add(ref _stored, offered.Delivery.Records.Length);
            offered.Series.SetStored(offered.Delivery.Number);
        }
    }

    /// <summary>Again and again until it works; meanwhile streams tell their nodes why nothing is stored.</summary>
    async Task PersistAsync(Func<Task> step, CancellationToken cancellation)
    {
        for (var wait = options.FirstWait; ; wait = wait * 2 < options.LongestWait ? wait * 2 : options.LongestWait)
        {
            try
            {
                await step();
                Say("");
                return;
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !cancellation.IsCancellationRequested)
            {
                Say(failure.Message); // also a fault in the store's own code must not end the server
            }
            await Task.Delay(wait, time, cancellation);
        }
    }

    void Say(string refused)
    {
        if (_refused == refused)
            return;
        if (refused.Length > 0)
            LogRefused(refused);
        else
            LogStoring(store.Kind);
        _refused = refused;
        foreach (var series in _series.Values)
            series.Notify();
    }

    void Done(Offered offered)
    {
        _budget.Give(offered.Bytes);
        offered.Delivery.Records.Dispose();
    }

    static long BytesOf(RecordBatch records) =>
        records.Arrays.Sum(array => array.Data.Buffers.Sum(buffer => (long)buffer.Length)
            + (array.Data.Dictionary?.Buffers.Sum(buffer => (long)buffer.Length) ?? 0));

    [LoggerMessage(LogLevel.Error, "Flow records are not stored, nodes keep them: {Reason}")]
    partial void LogRefused(string reason);

    [LoggerMessage(LogLevel.Information, "Flow records are stored in {Store}")]
    partial void LogStoring(string store);

    sealed record Offered(FlowSeries Series, int Epoch, FlowDelivery Delivery, long Bytes);
}
