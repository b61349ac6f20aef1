using CsCheck;
using Weft.Analytics.Fields;
using Weft.Analytics.Queries;
using Weft.Analytics.Storage;
using Weft.Model.Validation;

namespace Weft.Tests.Flows.Queries;

public sealed class FlowPlanTests
{
    const long Minute = 60 * FlowTime.Second;
    const long Hour = 60 * Minute;

    static readonly long s_day = FlowTime.Of(new(2026, 3, 14, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Hours_serve_whole_hours_minutes_and_records_the_edges()
    {
        var plan = Plan(new() { Aggregates = ["sum(bytes)"] }, s_day + 30 * Minute + 5, s_day + 5 * Hour + 10 * Minute + 7, hours: ulong.MaxValue, minutes: ulong.MaxValue);
        Assert.Equal(
        [
            new(FlowTable.Records, s_day + 30 * Minute + 5, s_day + 31 * Minute),
            new(FlowTable.Minutes, s_day + 31 * Minute, s_day + Hour),
            new(FlowTable.Hours, s_day + Hour, s_day + 5 * Hour),
            new(FlowTable.Minutes, s_day + 5 * Hour, s_day + 5 * Hour + 10 * Minute),
            new(FlowTable.Records, s_day + 5 * Hour + 10 * Minute, s_day + 5 * Hour + 10 * Minute + 7),
        ], plan.Parts);
    }

    [Fact]
    public void What_is_not_added_up_yet_comes_from_finer_tables()
    {
        var plan = Plan(new() { GroupBy = ["source.name"] }, s_day, s_day + Hour, hours: 40, minutes: 70);
        Assert.Equal(
        [
            new(FlowTable.Hours, s_day, s_day + Hour, 0, 40),
            new(FlowTable.Minutes, s_day, s_day + Hour, 40, 70),
            new(FlowTable.Records, s_day, s_day + Hour, 70),
        ], plan.Parts);
    }

    [Theory]
    [InlineData("p95(rtt)", null, null, null)]
    [InlineData("max(bytes)", null, null, null)]
    [InlineData("distinct(source.port)", null, null, null)]
    [InlineData(null, "source.port", null, null)]
    [InlineData(null, null, "source.port = 22", null)]
    [InlineData(null, null, "time > 2h", null)]
    [InlineData(null, null, null, "90s")]
    public void What_no_roll_up_has_is_answered_by_records(string? aggregate, string? group, string? where, string? bucket)
    {
        var request = new FlowRequest { Aggregates = [aggregate ?? "count()"], GroupBy = group is null ? [] : [group], Where = where, Bucket = bucket };
        var plan = Plan(request, s_day, s_day + 3 * Hour, ulong.MaxValue, ulong.MaxValue);
        Assert.Equal([new(FlowTable.Records, s_day, s_day + 3 * Hour)], plan.Parts);
    }

    [Theory]
    [InlineData("5m", FlowTable.Minutes)]
    [InlineData("2h", FlowTable.Hours)]
    public void Buckets_are_made_of_steps_that_fit_into_them(string bucket, FlowTable table)
    {
        var plan = Plan(new() { Bucket = bucket, Aggregates = ["sum(bytes)", "count()", "avg(bytes)", "rate(packets)", "distinct(source.labels.app)"] }, s_day, s_day + 4 * Hour, ulong.MaxValue, ulong.MaxValue);
        Assert.Equal([new(table, s_day, s_day + 4 * Hour)], plan.Parts);
    }

    [Fact]
    public void Single_records_are_never_of_roll_ups() =>
        Assert.Equal(FlowTable.Records, Assert.Single(Plan(new(), s_day, s_day + 4 * Hour, ulong.MaxValue, ulong.MaxValue).Parts).Table);

    [Fact]
    public void Where_records_are_gone_whole_steps_are_answered_and_said()
    {
        var holdings = Holdings(ulong.MaxValue, ulong.MaxValue) with { Oldest = FlowTime.ToTime(s_day + 20 * Hour) };
        var plan = FlowPlan.Make(Query(new(), s_day + 25 * Minute, s_day + 23 * Hour + 5), holdings with { RolledUp = holdings.RolledUp });
        Assert.Equal(FlowTable.Records, plan.Parts[0].Table);
        plan = FlowPlan.Make(Query(new() { Aggregates = ["count()"] }, s_day + 25 * Minute, s_day + 23 * Hour + 5), holdings);
        Assert.Equal((s_day, s_day + 23 * Hour + 5), (plan.Since, plan.Until));
        Assert.Equal([FlowTable.Hours, FlowTable.Records], plan.Parts.Select(part => part.Table));
        plan = FlowPlan.Make(Query(new() { Aggregates = ["count()"] }, s_day + 25 * Minute, s_day + 26 * Minute + 1), holdings);
        Assert.Equal([new(FlowTable.Minutes, s_day + 25 * Minute, s_day + 27 * Minute)], plan.Parts);
    }

    [Fact]
    public void Every_record_is_in_one_part_and_no_other()
    {
        var mark = Gen.OneOf(Gen.ULong[0, 30], Gen.Const(ulong.MaxValue));
        var time = Gen.OneOf(Gen.Long[0, 4 * Hour], Gen.Int[0, 240].Select(minutes => minutes * Minute), Gen.Int[0, 4].Select(hours => hours * Hour)).Select(at => s_day + at);
        var records = Gen.Select(time, Gen.ULong[1, 40]).Array[40];
        Gen.Select(time, time, mark, mark, Gen.Bool, records).Sample((one, other, hours, minutes, isBucket, all) =>
        {
            var (since, until) = (Math.Min(one, other), Math.Max(one, other) + 1);
            var plan = Plan(new() { Aggregates = ["count()"], Bucket = isBucket ? "1m" : null }, since, until, Math.Min(hours, minutes), Math.Max(hours, minutes));
            foreach (var (at, ingest) in all)
                Assert.Equal(at >= since && at < until ? 1 : 0, plan.Parts.Count(part => Holds(part, at, ingest)));
        }, iter: 5000);
    }

    [Fact]
    public void What_must_be_looked_at_is_estimated_from_what_is_there()
    {
        var holdings = Holdings(0, 0) with { Rows = 1_000_000, Oldest = FlowTime.ToTime(s_day), Newest = FlowTime.ToTime(s_day + 10 * Hour) };
        Assert.InRange(FlowPlan.Make(Query(new(), s_day + Hour, s_day + 2 * Hour), holdings).EstimatedRecords(holdings), 99_000, 101_000);
        Assert.Equal(0, FlowPlan.Make(Query(new(), s_day + 20 * Hour, s_day + 22 * Hour), holdings).EstimatedRecords(holdings));
        Assert.InRange(FlowPlan.Make(Query(new(), s_day - 20 * Hour, s_day + 22 * Hour), holdings).EstimatedRecords(holdings), 999_000, 1_000_000);
    }

    static bool Holds(FlowPlanPart part, long time, ulong ingest)
    {
        var step = (long)part.Table.Step().TotalMicroseconds;
        var row = step == 0 ? time : time - time % step;
        return row >= part.From && row < part.To && ingest > part.After && ingest <= part.UpTo;
    }

    static FlowPlan Plan(FlowRequest request, long since, long until, ulong hours, ulong minutes) =>
        FlowPlan.Make(Query(request, since, until), Holdings(hours, minutes));

    static FlowQuery Query(FlowRequest request, long since, long until)
    {
        var faults = new Faults();
        var query = new FlowQueryReader(new(), RandomFlows.Now, faults).Read(request with { Since = FlowTime.Write(since), Until = FlowTime.Write(until) });
        Assert.Empty(faults.ToImmutable());
        return query;
    }

    static FlowHoldings Holdings(ulong hours, ulong minutes) => new(1000, 1000, FlowTime.ToTime(s_day - 30 * Hour), RandomFlows.Now,
        new Dictionary<FlowTable, ulong> { [FlowTable.Hours] = hours, [FlowTable.Minutes] = minutes });
}
