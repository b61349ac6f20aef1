using CsCheck;
using Weft.Analytics.Queries;
using Weft.Analytics.Storage;
using Weft.Analytics.Storage.DuckDb;
using Weft.Flows;

namespace Weft.Tests.Flows.Queries;

/// <summary>
/// A store with random records of three hours: a third is added up to hours, a third to minutes only, a third not at all.
/// </summary>
sealed class QueryStore : IAsyncDisposable
{
    internal static readonly TimeSpan Span = TimeSpan.FromHours(3);

    static readonly string[] s_seeds = ["00060LYIwlA2", "7T92hh9sMif2", "0rGttiP75KS2"];

    readonly TemporaryFolder _folder = new();
    ulong _number;

    QueryStore() => Store = new(new(_folder["flows"]) { MinutesEvery = TimeSpan.Zero, HoursEvery = TimeSpan.FromHours(1), MemoryBytes = 256L << 20 }, TimeProvider.System);

    internal DuckDbFlowStore Store { get; }

    internal List<FlowRecord> Records { get; } = [];

    internal static async Task<QueryStore> OpenAsync(int records, CancellationToken cancellation)
    {
        var store = new QueryStore();
        await store.Store.OpenAsync(cancellation);
        for (var part = 0; part < 3; part++)
        {
            await store.AppendAsync([.. RandomFlows.Record(Span).Array[records / 3].Single(_ => true, s_seeds[part])], cancellation);
            if (part < 2)
                await store.Store.MaintainAsync(FlowRetention.Default, RandomFlows.Now.AddSeconds(part), cancellation);
        }
        return store;
    }

    internal async Task AppendAsync(IReadOnlyCollection<FlowRecord> records, CancellationToken cancellation)
    {
        var batch = new FlowBatchBuilder();
        foreach (var record in records)
            batch.Append(record);
        Records.AddRange(records);
        await Store.AppendAsync([new("alpha", Guid.Empty, ++_number, batch.Build())], cancellation);
    }

    /// <summary>Rows as people read them, and the tables that were asked.</summary>
    internal async Task<(List<string[]> Rows, FlowPlan Plan)> AskAsync(FlowQuery query, FlowAccess access, CancellationToken cancellation)
    {
        var plan = FlowPlan.Make(query, await Store.HoldingsAsync(cancellation));
        var rows = new List<string[]>();
        await foreach (var block in Store.QueryAsync(new FlowStatements(query, access).Answer(plan, query.Limit).Write(Store.Dialect), cancellation))
        {
            var columns = query.Columns.Select((column, i) => (column.Type, Values: new AnswerValues(column, block.Column(i)))).ToArray();
            for (var row = 0; row < block.Length; row++)
                rows.Add([.. columns.Select(column => column.Type == AnswerType.Real && !column.Values.IsMissing(row) ? FlowModel.Real(column.Values.Real(row)) : column.Values.Text(row))]);
        }
        return (rows, plan);
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _folder.Dispose();
    }
}
