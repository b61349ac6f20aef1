using System.Globalization;
using Apache.Arrow;
using Weft.Analytics.Sql;

namespace Weft.Analytics.Storage.ClickHouse;

/// <summary>Records in a ClickHouse, which serves many questions at a time and holds more than one disk.</summary>
/// <remarks>
/// <para>One server writes to a database. What comes is put into the engine in one insert, from which it makes the roll-ups
/// itself: <see cref="ClickHouseTables"/>.</para>
/// <para>Whether an insert that got no answer was stored, nobody can tell. So it is repeated as it was, before anything else,
/// until there is an answer; by its token the engine leaves out what it has. When this server ends first, the next one
/// waits for inserts that still run and reads from the engine how far each series is.</para>
/// </remarks>
public sealed class ClickHouseFlowStore(ClickHouseOptions options, TimeProvider time) : IFlowStore
{
    static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    static readonly Dictionary<FlowTable, ulong> s_complete = new() { [FlowTable.Minutes] = ulong.MaxValue, [FlowTable.Hours] = ulong.MaxValue };

    readonly ClickHouseSession _session = new(options);
    readonly SemaphoreSlim _writing = new(1);
    readonly MemoryStream _rows = new();
    readonly Lock _gate = new();
    readonly Dictionary<Guid, ulong> _series = [];
    readonly ClickHouseKeeper _keeper = new();
    Insert? _unanswered;
    ulong _ingest;
    bool _open;

    public string Kind => "clickhouse";

    public SqlDialect Dialect => SqlDialect.ClickHouse;

    public async Task OpenAsync(CancellationToken cancellation)
    {
        await ClickHouseLayout.PrepareAsync(_session, cancellation).ConfigureAwait(false);
        await InsertsEndAsync(cancellation).ConfigureAwait(false);
        var batches = await _session.ReadAsync(
            $"SELECT {ClickHouseTables.Series}, max({ClickHouseTables.Number}), max({FlowTables.Ingest}) FROM {ClickHouseTables.SeriesTable} GROUP BY 1", cancellation).ConfigureAwait(false);
        lock (_gate)
        {
            foreach (var batch in batches)
            {
                for (var row = 0; row < batch.Length; row++)
                {
                    _series[Guid.Parse(((StringArray)batch.Column(0)).GetString(row), CultureInfo.InvariantCulture)] = ((UInt64Array)batch.Column(1)).Values[row];
                    _ingest = Math.Max(_ingest, ((UInt64Array)batch.Column(2)).Values[row]);
                }
            }
            _open = true;
        }
    }

    public async Task AppendAsync(IReadOnlyList<FlowDelivery> deliveries, CancellationToken cancellation)
    {
        CheckOpen();
        await _writing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await RepeatAsync(cancellation).ConfigureAwait(false);
            foreach (var group in Groups(Wanted(deliveries)))
                await StoreAsync(group, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    public Task<ulong> NewestAsync(Guid series, CancellationToken cancellation)
    {
        CheckOpen();
        return Task.FromResult(Newest(series));
    }

    public IAsyncEnumerable<RecordBatch> QueryAsync(SqlQuery query, CancellationToken cancellation)
    {
        CheckOpen();
        return _session.AskAsync(query, cancellation);
    }

    public async Task<FlowHoldings> HoldingsAsync(CancellationToken cancellation)
    {
        CheckOpen();
        var batch = (await _session.ReadAsync(
            $"SELECT count(), toUnixTimestamp64Micro(min(time)), toUnixTimestamp64Micro(max(time)), ({ClickHouseKeeper.Bytes}) FROM {FlowTable.Records.Name()}",
            cancellation).ConfigureAwait(false))[0];
        var rows = (long)((UInt64Array)batch.Column(0)).Values[0];
        return new(
            rows,
            (long)(((UInt64Array)batch.Column(3)).GetValue(0) ?? 0),
            rows == 0 ? null : Time(((Int64Array)batch.Column(1)).Values[0]),
            rows == 0 ? null : Time(((Int64Array)batch.Column(2)).Values[0]),
            s_complete);
    }

    public Task MaintainAsync(FlowRetention retention, DateTimeOffset now, CancellationToken cancellation)
    {
        CheckOpen();
        return _keeper.RunAsync(_session, retention, now, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _open = false;
        await _writing.WaitAsync().ConfigureAwait(false);
        _session.Dispose();
        _writing.Release();
    }

    /// <summary>Of a server that ended: what it sent may still be written.</summary>
    async Task InsertsEndAsync(CancellationToken cancellation)
    {
        for (var left = options.Timeout; ; left -= s_look)
        {
            var batch = (await _session.ReadAsync(
                $"SELECT count() FROM system.processes WHERE current_database = currentDatabase() AND startsWith(query, 'INSERT INTO {ClickHouseTables.Incoming}')",
                cancellation).ConfigureAwait(false))[0];
            if (((UInt64Array)batch.Column(0)).Values[0] == 0)
                return;
            if (left <= TimeSpan.Zero)
                throw new FlowStoreException($"another server writes flow records to ClickHouse at {options}: end it, or name another database", true);
            await Task.Delay(s_look, time, cancellation).ConfigureAwait(false);
        }
    }

    List<FlowDelivery> Wanted(IReadOnlyList<FlowDelivery> deliveries)
    {
        var newest = new Dictionary<Guid, ulong>();
        var wanted = new List<FlowDelivery>();
        foreach (var delivery in deliveries)
        {
            if (delivery.Number <= (newest.TryGetValue(delivery.Series, out var number) ? number : Newest(delivery.Series)))
                continue;
            newest[delivery.Series] = delivery.Number;
            wanted.Add(delivery);
        }
        return wanted;
    }

    static IEnumerable<List<FlowDelivery>> Groups(IEnumerable<FlowDelivery> deliveries)
    {
        var (group, rows) = (new List<FlowDelivery>(), 0);
        foreach (var delivery in deliveries)
        {
            if (group.Count > 0 && rows + delivery.Records.Length > InsertBatch.MostRows)
            {
                yield return group;
                (group, rows) = ([], 0);
            }
            group.Add(delivery);
            rows += delivery.Records.Length;
        }
        if (group.Count > 0)
            yield return group;
    }

    async Task StoreAsync(List<FlowDelivery> group, CancellationToken cancellation)
    {
        _rows.SetLength(0);
        InsertBatch.Write(_rows, group, _ingest + 1);
        _unanswered = new(Guid.NewGuid(), _ingest + 1, [.. group.Select(delivery => (delivery.Series, delivery.Number))]);
        await RepeatAsync(cancellation).ConfigureAwait(false);
    }

    async Task RepeatAsync(CancellationToken cancellation)
    {
        if (_unanswered is not { } insert)
            return;
        try
        {
            var rows = new MemoryStream(_rows.GetBuffer(), 0, (int)_rows.Length, writable: false);
            await _session.InsertAsync(ClickHouseTables.Incoming, rows, insert.Token.ToString("N"), cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure)
        {
            var told = ClickHouseErrors.Of(failure, options);
            if (!ClickHouseErrors.WroteNothing(failure))
                throw new FlowStoreException(told.Message, mayPass: true, failure);
            if (!insert.IsRepeated)
                _unanswered = null;
            throw told;
        }
        finally
        {
            insert.IsRepeated = true;
        }
        _unanswered = null;
        lock (_gate)
        {
            _ingest = insert.Ingest;
            foreach (var (series, number) in insert.Marks)
                _series[series] = number;
        }
    }

    ulong Newest(Guid series)
    {
        lock (_gate)
            return _series.GetValueOrDefault(series);
    }

    void CheckOpen()
    {
        if (!_open)
            throw new FlowStoreException("the flow store is not open", true);
    }

    static DateTimeOffset Time(long microseconds) => DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds);

    /// <summary>That was sent, and not answered yet.</summary>
    sealed record Insert(Guid Token, ulong Ingest, IReadOnlyList<(Guid Series, ulong Number)> Marks)
    {
        /// <summary>What an attempt before has written, nobody can tell.</summary>
        internal bool IsRepeated { get; set; }
    }
}
