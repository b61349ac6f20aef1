using System.Diagnostics;
using System.Globalization;
using System.Text;
using Weft.Analytics.Queries;
using Weft.Analytics.Storage;
using Weft.Analytics.Storage.DuckDb;
using Weft.Model.Validation;

namespace Weft.Bench.Flows;

/// <summary>The documented questions over databases of growing size.</summary>
static class FlowQueriesRun
{
    internal static async Task<string> RunAsync(string cache, IReadOnlyList<long> sizes, int rounds)
    {
        var times = FlowQuestions.All.Select(_ => new List<string>()).ToArray();
        var facts = new StringBuilder();
        foreach (var size in sizes)
        {
            await using var store = await FlowDatabase.OpenAsync(cache, size);
            for (var i = 0; i < times.Length; i++)
                times[i].Add(await TimedAsync(store, FlowQuestions.All[i].Request, rounds));
            facts.AppendLine(await FactsAsync(store, Path.Combine(cache, string.Create(CultureInfo.InvariantCulture, $"flows-{size}"))));
        }
        var text = new StringBuilder();
        text.AppendLine($"| question: ms, median of {rounds} (at most) | {string.Join(" | ", sizes.Select(size => Number(size) + " records"))} |");
        text.AppendLine("|---|" + string.Concat(sizes.Select(_ => "---|")));
        foreach (var ((about, _), cells) in FlowQuestions.All.Zip(times))
            text.AppendLine($"| {about} | {string.Join(" | ", cells)} |");
        return text.AppendLine().Append(facts).ToString();
    }

    static async Task<string> TimedAsync(DuckDbFlowStore store, FlowRequest request, int rounds)
    {
        var samples = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            var rows = await AskAsync(store, request);
            samples.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (rows == 0)
                throw new InvalidOperationException($"no answer to {request}");
        }
        samples.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{samples[samples.Count / 2]:0} ({samples[^1]:0})");
    }

    /// <summary>All that the server does between the request and the rows.</summary>
    static async Task<long> AskAsync(DuckDbFlowStore store, FlowRequest request)
    {
        var faults = new Faults();
        var query = new FlowQueryReader(new FlowQueryLimits(), FlowDatabase.End, faults).Read(request);
        if (faults.Any)
            throw new InvalidOperationException(string.Join("; ", faults.ToImmutable()));
        var plan = FlowPlan.Make(query, await store.HoldingsAsync(default));
        var statement = new FlowStatements(query, FlowAccess.Everything).Answer(plan, query.Limit).Write(store.Dialect);
        var rows = 0L;
        await foreach (var block in store.QueryAsync(statement, default))
            rows += block.Length;
        return rows;
    }

    static async Task<string> FactsAsync(DuckDbFlowStore store, string folder)
    {
        var holdings = await store.HoldingsAsync(default);
        var parts = new List<string>();
        foreach (var (kind, table) in new[] { ("records", FlowTable.Records), ("minutes", FlowTable.Minutes), ("hours", FlowTable.Hours) })
        {
            var bytes = Directory.GetFiles(folder, kind + "-*").Sum(file => new FileInfo(file).Length);
            var rows = 0L;
            await foreach (var block in store.QueryAsync(new($"SELECT count(*) FROM {table.Name()}", []), default))
                rows = ((Apache.Arrow.Int64Array)block.Column(0)).Values[0];
            parts.Add($"{Number(rows)} {kind} in {Number(bytes >> 20)} MiB ({(double)bytes / holdings.Rows:0.0} bytes a record)");
        }
        return $"{Number(holdings.Rows)} records: {string.Join(", ", parts)}.";
    }

    static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
