using CsCheck;
using Weft.Analytics.Fields;
using Weft.Analytics.Queries;
using Weft.Analytics.Storage;
using Weft.Flows;
using Weft.Model.Validation;
using Weft.Tests.Flows.Filters;

namespace Weft.Tests.Flows.Queries;

public sealed class FlowAnswerTests
{
    static readonly FlowField[] s_keys = [.. FlowTables.Keys];

    static readonly string[] s_aggregates =
    [
        "count()", "sum(bytes)", "sum(packets)", "sum(connections)", "avg(reply.bytes)", "rate(bytes)", "distinct(source.name)",
        "distinct(destination.address)", "distinct(destination.labels.app)", "min(rule)", "max(destination.port)",
    ];

    static readonly string[] s_ofRecords = ["p95(rtt)", "p50(total.bytes)", "avg(rtt)", "min(reply.rtt)", "max(time)", "distinct(source.port)", "avg(clock.offset)", "min(clock.offset)"];

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_answers_what_going_through_all_records_answers()
    {
        await using var store = await QueryStore.OpenAsync(3000, Token);
        var tables = new HashSet<FlowTable>();
        foreach (var (query, own, project) in s_question.Array[400].Single(_ => true, "0rGttiP75KS2"))
        {
            var access = (own is null ? FlowAccess.Everything : FlowAccess.Of(own)).Within(project);
            var (rows, plan) = await store.AskAsync(query, access, Token);
            tables.UnionWith(plan.Parts.Select(part => part.Table));
            var expected = FlowModel.Answer(query, store.Records, own, project);
            Assert.True(
                Sorted(expected).SequenceEqual(Sorted(rows)),
                $"{query.Where} of {string.Join(',', query.Columns.Select(column => column.Name))} as {(own is null ? "all" : string.Join(',', own))} of {string.Join(", ", plan.Parts)}:\n"
                + $"{string.Join('\n', Sorted(expected).Except(Sorted(rows)).Take(3))}\nnot\n{string.Join('\n', Sorted(rows).Except(Sorted(expected)).Take(3))}");
        }
        Assert.Equal(3, tables.Count);
    }

    [Fact]
    public async Task Rows_come_in_the_order_asked_for_and_no_more_than_that()
    {
        await using var store = await QueryStore.OpenAsync(600, Token);
        var all = FlowModel.Answer(Read(new() { GroupBy = ["source.address"], Aggregates = ["sum(bytes)"] }), store.Records, null, null);
        var (top, _) = await store.AskAsync(Read(new() { GroupBy = ["source.address"], Aggregates = ["sum(bytes)"], Top = 3 }), FlowAccess.Everything, Token);
        Assert.Equal(all.OrderByDescending(row => long.Parse(row[1], null)).Take(3).Select(row => row[0]), top.Select(row => row[0]));
        var (newest, _) = await store.AskAsync(Read(new() { Fields = ["bytes", "time"], Limit = 20 }), FlowAccess.Everything, Token);
        var times = FlowModel.Answer(Read(new() { Fields = ["time"] }), store.Records, null, null).Select(row => row[0]);
        Assert.Equal(times.OrderDescending().Take(20), newest.Select(row => row[1]));
        var (buckets, _) = await store.AskAsync(Read(new() { Bucket = "10m" }), FlowAccess.Everything, Token);
        Assert.Equal(buckets.Select(row => row[0]).Order(), buckets.Select(row => row[0]));
        var (ordered, _) = await store.AskAsync(Read(new() { GroupBy = ["protocol", "node"], OrderBy = ["node", "-count()"] }), FlowAccess.Everything, Token);
        Assert.Equal(ordered.OrderBy(row => row[1], StringComparer.Ordinal).ThenByDescending(row => long.Parse(row[2], null)).Select(row => row[0]), ordered.Select(row => row[0]));
    }

    [Fact]
    public async Task What_is_added_up_while_somebody_asks_is_counted_once()
    {
        await using var store = await QueryStore.OpenAsync(900, Token);
        var query = Read(new() { Aggregates = ["count()", "sum(bytes)"], GroupBy = ["destination.network"] });
        var holdings = await store.Store.HoldingsAsync(Token);
        var plan = FlowPlan.Make(query, holdings);
        Assert.Contains(plan.Parts, part => part is { Table: FlowTable.Minutes, UpTo: < ulong.MaxValue });
        var (before, _) = await store.AskAsync(query, FlowAccess.Everything, Token);
        await store.Store.MaintainAsync(FlowRetention.Default, RandomFlows.Now.AddHours(2), Token);
        Assert.NotEqual(holdings.RolledUp[FlowTable.Minutes], (await store.Store.HoldingsAsync(Token)).RolledUp[FlowTable.Minutes]);
        var after = new List<string>();
        await foreach (var block in store.Store.QueryAsync(new FlowStatements(query, FlowAccess.Everything).Answer(plan, 100).Write(store.Store.Dialect), Token))
            after.AddRange(Enumerable.Range(0, block.Length).Select(row => string.Join('|', query.Columns.Select((column, i) => new AnswerValues(column, block.Column(i)).Text(row)))));
        Assert.Equal(before.Select(row => string.Join('|', row)), after);
    }

    static readonly Gen<(long Since, long Until)> s_span = Gen.Select(Gen.Long[0, 200 * 60], Gen.Long[0, 200 * 60], Gen.OneOf(1L, 60, 3600)).Select(parts =>
    {
        // In seconds, often of whole minutes or hours.
        var (one, other, step) = parts;
        var from = FlowTime.Of(RandomFlows.Now) / FlowTime.Second - 190 * 60;
        (one, other) = ((from + one) / step * step, (from + other) / step * step);
        return (Math.Min(one, other) * FlowTime.Second, (Math.Max(one, other) + step) * FlowTime.Second);
    });

    static readonly Gen<FlowQuery> s_list = Gen.Select(s_span, RandomFilters.Of(FlowSchema.Fields, 2), Gen.OneOf([.. FlowSchema.Fields.Select(field => field.Name), "source.labels.app", "destination.labels.com.example/app"]).Array[1, 5])
        .Select((span, where, fields) => Read(new() { Fields = fields, Limit = 100_000 }) with { Since = span.Since, Until = span.Until, Where = where });

    static readonly Gen<FlowQuery> s_groups = Gen.Bool.SelectMany(isRollUp => Gen.Select(
            s_span,
            RandomFilters.Of(isRollUp ? s_keys : FlowSchema.Fields, 2),
            Gen.OneOf([.. (isRollUp ? s_keys : FlowSchema.Fields).Select(field => field.Name), "source.labels.app"]).Array[0, 2],
            Gen.OneOf(isRollUp ? s_aggregates : [.. s_aggregates, .. s_ofRecords]).Array[1, 4],
            Gen.OneOf<string?>(null, "1m", "1h", "90s", "2h"))
        .Select((span, where, groups, aggregates, bucket) =>
            Read(new() { GroupBy = groups, Aggregates = aggregates, Bucket = bucket, Limit = 100_000 }) with { Since = span.Since, Until = span.Until, Where = where }));

    /// <summary>Who sees all is an empty name.</summary>
    static readonly Gen<(FlowQuery Query, string[]? Own, string? Project)> s_question = Gen.Select(
        Gen.Frequency((1, s_list), (2, s_groups)),
        Gen.OneOf<string[]>([""], [""], ["shop"], ["shop"], ["shop", "lab"], []),
        Gen.Bool).Select((query, own, isOne) => (query, own.Length == 1 && own[0] == "" ? null : own, isOne && own.Length > 0 ? "shop" : null));

    static IEnumerable<string> Sorted(IEnumerable<string[]> rows) => rows.Select(row => string.Join('|', row)).Order(StringComparer.Ordinal);

    static FlowQuery Read(FlowRequest request)
    {
        var faults = new Faults();
        var query = new FlowQueryReader(new(), RandomFlows.Now, faults).Read(request with { Since = request.Since ?? "4h" });
        Assert.Empty(faults.ToImmutable());
        return query;
    }
}
