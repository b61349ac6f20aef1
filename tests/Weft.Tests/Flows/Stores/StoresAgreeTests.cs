using System.Globalization;
using CsCheck;
using Weft.Analytics.Fields;
using Weft.Analytics.Queries;
using Weft.Analytics.Storage;
using Weft.Analytics.Storage.ClickHouse;
using Weft.Analytics.Storage.DuckDb;
using Weft.Flows;
using Weft.Model.Validation;
using Weft.Tests.Flows.Filters;

namespace Weft.Tests.Flows.Stores;

/// <summary>The same records in both stores, the same questions, the same answers.</summary>
[Collection(ClickHouseCollection.Name)]
public sealed class StoresAgreeTests(ClickHouseEngine engine)
{
    static readonly FlowField[] s_keys = [.. FlowTables.Keys];

    static readonly string[] s_aggregates =
        ["count()", "sum(bytes)", "sum(connections)", "avg(reply.bytes)", "rate(bytes)", "distinct(source.name)", "distinct(destination.labels.app)", "min(rule)", "max(destination.port)"];

    static readonly string[] s_ofRecords = ["p95(rtt)", "p50(total.bytes)", "avg(rtt)", "min(reply.rtt)", "max(time)", "distinct(source.port)", "avg(clock.offset)"];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Those of the documents, of the networks and ports of these records.</summary>
    static readonly FlowRequest[] s_documented =
    [
        new() { Since = "1m", Where = "destination.network = frontend", GroupBy = ["source.name", "source.network", "destination.name"], Aggregates = ["count()", "sum(bytes)"] },
        new() { Since = "1h", Where = "verdict = denied", GroupBy = ["policy", "rule", "reason"], Aggregates = ["sum(packets)", "count()"] },
        new() { Since = "24h", GroupBy = ["source.name"], Aggregates = ["sum(bytes)"], Top = 10 },
        new() { Since = "24h", Where = "any.network = backend", Bucket = "1m", Aggregates = ["sum(bytes)", "sum(reply.bytes)"] },
        new() { Since = "24h", GroupBy = ["protocol", "destination.port"], Aggregates = ["sum(connections)", "sum(bytes)"], Top = 20 },
        new() { Since = "1h", Where = "source.address = 10.1.0.5 and destination.address = 10.2.0.7 and destination.port = 443", Fields = ["time", "event", "node", "bytes", "reply.bytes"] },
        new() { Since = "24h", GroupBy = ["destination.name"], Aggregates = ["distinct(source.address)"], Top = 20 },
        new() { Since = "1h", GroupBy = ["destination.name"], Aggregates = ["p95(rtt)"], Top = 20 },
        new() { Since = "7d", Bucket = "1h", GroupBy = ["source.project"], Aggregates = ["sum(bytes)", "sum(reply.bytes)"] },
        new() { Since = "30m", Where = "any.name = web-1", Limit = 5000 },
    ];

    [Fact]
    public async Task Documented_and_random_questions_have_the_same_answers_in_both()
    {
        using var folder = new TemporaryFolder();
        await using var duck = new DuckDbFlowStore(new(folder["flows"]) { MinutesEvery = TimeSpan.Zero, HoursEvery = TimeSpan.FromHours(1), MemoryBytes = 256L << 20 }, TimeProvider.System);
        await using var click = new ClickHouseFlowStore(new(engine.Url) { Database = $"test_{Guid.NewGuid():N}" }, TimeProvider.System);
        await FillAsync(duck);
        await FillAsync(click);
        var (tables, rows) = (new HashSet<FlowTable>(), 0);
        foreach (var request in s_documented)
            await SameAsync(Read(request));
        Assert.True(rows > 50, "the documented questions must have answers");
        foreach (var query in s_question.Array[150].Single(_ => true, "0rGttiP75KS2"))
            await SameAsync(query);
        Assert.Equal(3, tables.Count);

        async Task SameAsync(FlowQuery query)
        {
            var (ours, theirs) = (await AskAsync(click, query, tables), await AskAsync(duck, query, []));
            rows += ours.Count;
            Assert.True(
                ours.SequenceEqual(theirs),
                $"{query.Where} of {string.Join(',', query.Columns.Select(column => column.Name))}:\nonly in ClickHouse {string.Join('\n', ours.Except(theirs).Take(3))}\nonly in DuckDB {string.Join('\n', theirs.Except(ours).Take(3))}");
        }
    }

    static async Task FillAsync(IFlowStore store)
    {
        await store.OpenAsync(Cancel);
        for (ulong part = 0; part < 3; part++)
        {
            var batch = new FlowBatchBuilder();
            foreach (var record in RandomFlows.Record(TimeSpan.FromHours(3)).Array[800].Single(_ => true, s_seeds[part]))
                batch.Append(record);
            await store.AppendAsync([new("alpha", Guid.Empty, part + 1, batch.Build())], Cancel);
            if (store is DuckDbFlowStore && part < 2) // the other one would forget: by its own clock they are too old
                await store.MaintainAsync(FlowRetention.Default, RandomFlows.Now.AddSeconds(part), Cancel);
        }
    }

    /// <summary>Rows as people read them, without their order.</summary>
    static async Task<List<string>> AskAsync(IFlowStore store, FlowQuery query, HashSet<FlowTable> tables)
    {
        var plan = FlowPlan.Make(query, await store.HoldingsAsync(Cancel));
        tables.UnionWith(plan.Parts.Select(part => part.Table));
        var rows = new List<string>();
        await foreach (var block in store.QueryAsync(new FlowStatements(query, FlowAccess.Everything).Answer(plan, query.Limit).Write(store.Dialect), Cancel))
        {
            var columns = query.Columns.Select((column, i) => (column.Type, Values: new AnswerValues(column, block.Column(i)))).ToArray();
            for (var row = 0; row < block.Length; row++)
                rows.Add(string.Join('|', columns.Select(column => Text(column.Type, column.Values, row))));
        }
        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    static string Text(AnswerType type, AnswerValues values, int row) => type == AnswerType.Real && !values.IsMissing(row)
        ? values.Real(row).ToString("G9", CultureInfo.InvariantCulture) : values.Text(row);

    static FlowQuery Read(FlowRequest request)
    {
        var faults = new Faults();
        var query = new FlowQueryReader(new(), RandomFlows.Now, faults).Read(request with { Since = request.Since ?? "4h" });
        Assert.Empty(faults.ToImmutable());
        return query;
    }

    static readonly string[] s_seeds = ["00060LYIwlA2", "7T92hh9sMif2", "0rGttiP75KS2"];

    static readonly Gen<(long Since, long Until)> s_span = Gen.Select(Gen.Long[0, 12_000], Gen.Long[0, 12_000], Gen.OneOf(1L, 60, 3600)).Select(parts =>
    {
        var (one, other, step) = parts;
        var from = FlowTime.Of(RandomFlows.Now) / FlowTime.Second - 11_400;
        (one, other) = ((from + one) / step * step, (from + other) / step * step);
        return (Math.Min(one, other) * FlowTime.Second, (Math.Max(one, other) + step) * FlowTime.Second);
    });

    static readonly Gen<FlowQuery> s_list = Gen.Select(
            s_span, RandomFilters.Of(FlowSchema.Fields, 2),
            Gen.OneOf([.. FlowSchema.Fields.Select(field => field.Name), "source.labels.app", "destination.labels.com.example/app"]).Array[1, 5])
        .Select((span, where, fields) => Read(new() { Fields = fields, Limit = 5000 }) with { Since = span.Since, Until = span.Until, Where = where });

    static readonly Gen<FlowQuery> s_groups = Gen.Bool.SelectMany(isRollUp => Gen.Select(
            s_span,
            RandomFilters.Of(isRollUp ? s_keys : FlowSchema.Fields, 2),
            Gen.OneOf([.. (isRollUp ? s_keys : FlowSchema.Fields).Select(field => field.Name), "source.labels.app"]).Array[0, 2],
            Gen.OneOf(isRollUp ? s_aggregates : [.. s_aggregates, .. s_ofRecords]).Array[1, 4],
            Gen.OneOf<string?>(null, "1m", "1h", "90s", "2h"))
        .Select((span, where, groups, aggregates, bucket) =>
            Read(new() { GroupBy = [.. groups.Distinct()], Aggregates = [.. aggregates.Distinct()], Bucket = bucket, Limit = 5000 }) with { Since = span.Since, Until = span.Until, Where = where }));

    static readonly Gen<FlowQuery> s_question = Gen.Frequency((1, s_list), (2, s_groups));
}
