using Apache.Arrow;
using Weft.Analytics.Sql;
using Weft.Analytics.Storage;
using Weft.Flows;

namespace Weft.Tests.Flows.Ingest;

/// <summary>A store in memory that keeps what the contract promises, and fails when it is told to.</summary>
sealed class ListFlowStore : IFlowStore
{
    readonly Lock _lock = new();
    readonly Dictionary<Guid, ulong> _newest = [];
    readonly List<(string Node, string Name, ulong Packets)> _rows = [];

    int _counted;

    public string Kind => "list";

    public SqlDialect Dialect => SqlDialect.DuckDb;

    /// <summary>What is thrown instead of storing a batch; null: nothing.</summary>
    public Func<FlowDelivery, FlowStoreException?> Fault { get; set; } = _ => null;

    /// <summary>Appends wait for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Rows are counted and not kept.</summary>
    public bool CountsOnly { get; init; }

    public int Appends { get; private set; }

    public int Maintained { get; private set; }

    public int MostInOne { get; private set; }

    /// <summary>Batches that came although they were stored.</summary>
    public int Repeated { get; private set; }

    public IReadOnlyList<(string Node, string Name, ulong Packets)> Rows
    {
        get
        {
            lock (_lock)
                return [.. _rows];
        }
    }

    public int Count
    {
        get
        {
            lock (_lock)
                return _counted + _rows.Count;
        }
    }

    public Task OpenAsync(CancellationToken cancellation) => Task.CompletedTask;

    public async Task AppendAsync(IReadOnlyList<FlowDelivery> deliveries, CancellationToken cancellation)
    {
        await Gate.WaitAsync(cancellation);
        if (deliveries.Select(Fault).FirstOrDefault(fault => fault is not null) is { } fault)
            throw fault;
        lock (_lock)
        {
            Appends++;
            MostInOne = Math.Max(MostInOne, deliveries.Count);
            foreach (var delivery in deliveries)
            {
                if (delivery.Number <= _newest.GetValueOrDefault(delivery.Series))
                {
                    Repeated++;
                    continue;
                }
                _newest[delivery.Series] = delivery.Number;
                if (CountsOnly)
                    _counted += delivery.Records.Length;
                else
                    Add(delivery.Records);
            }
        }
    }

    public Task<ulong> NewestAsync(Guid series, CancellationToken cancellation)
    {
        lock (_lock)
            return Task.FromResult(_newest.GetValueOrDefault(series));
    }

    public IAsyncEnumerable<RecordBatch> QueryAsync(SqlQuery query, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<FlowHoldings> HoldingsAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task MaintainAsync(FlowRetention retention, DateTimeOffset now, CancellationToken cancellation)
    {
        Maintained++;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    void Add(RecordBatch records)
    {
        var packets = (UInt64Array)records.Column(FlowSchema.Arrow.GetFieldIndex("packets"));
        for (var i = 0; i < records.Length; i++)
            _rows.Add((Text(records, "node", i), Text(records, "source_name", i), packets.GetValue(i)!.Value));
    }

    static string Text(RecordBatch records, string column, int row)
    {
        var texts = (DictionaryArray)records.Column(FlowSchema.Arrow.GetFieldIndex(column));
        return ((StringArray)texts.Dictionary).GetString(((Int32Array)texts.Indices).GetValue(row)!.Value);
    }
}
