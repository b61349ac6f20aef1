using Weft.Analytics.Fields;
using Weft.Analytics.Queries;
using Weft.Model.Validation;

namespace Weft.Tests.Flows.Queries;

public sealed class FlowQueryReaderTests
{
    [Fact]
    public void Without_anything_it_lists_the_last_ten_minutes()
    {
        var query = Read(new());
        Assert.Equal((FlowTime.Of(RandomFlows.Now.AddMinutes(-10)), FlowTime.Of(RandomFlows.Now)), (query.Since, query.Until));
        Assert.False(query.IsGrouped);
        Assert.Equal(1000, query.Limit);
        Assert.Equal("time", query.Columns[0].Name);
        Assert.DoesNotContain(query.Columns, column => column.Name == "observer");
    }

    [Fact]
    public void Groups_have_their_columns_first_then_the_aggregates()
    {
        var query = Read(new()
        {
            GroupBy = ["source.network", "source.labels.app"],
            Aggregates = ["sum(bytes)", "P99.9(rtt)", "distinct(destination.address)", "rate(reply.bytes)", "count()", "max(time)"],
            Bucket = "1m",
            OrderBy = ["-sum(bytes)", "bucket"],
        });
        Assert.Equal(
            ["bucket", "source.network", "source.labels.app", "sum(bytes)", "p99.9(rtt)", "distinct(destination.address)", "rate(reply.bytes)", "count()", "max(time)"],
            query.Columns.Select(column => column.Name));
        Assert.Equal(["", "", "", "bytes", "us", "", "bytes/s", "", ""], query.Columns.Select(column => column.Unit));
        Assert.Equal(AnswerType.Time, query.Columns[^1].Type);
        Assert.Equal([(3, true), (0, false)], query.OrderBy);
        Assert.Equal(60_000_000, query.Bucket);
    }

    [Fact]
    public void Top_orders_by_the_first_aggregate()
    {
        var query = Read(new() { GroupBy = ["source.name"], Aggregates = ["sum(bytes)", "count()"], Top = 5 });
        Assert.Equal([(1, true)], query.OrderBy);
        Assert.Equal(5, query.Limit);
    }

    [Fact]
    public void All_faults_are_told_at_once_with_their_paths()
    {
        var faults = Faults(new()
        {
            Since = "yesterday",
            Until = "10x",
            Where = "sourc.port = 1 and verdict = no",
            GroupBy = ["source.nam"],
            Aggregates = ["sum(source.port)", "median(bytes)", "count(bytes)", "sum(bites)", "avg()"],
            Bucket = "often",
            Fields = ["time"],
            Limit = 0,
        });
        Assert.Equal(
            ["since", "until", "where", "where", "fields", "groupBy[0]", "aggregates[0]", "aggregates[1]", "aggregates[2]", "aggregates[3]", "aggregates[4]", "bucket", "limit"],
            faults.Select(fault => fault.Path));
        Assert.Contains("do you mean source.port?", faults[2].Message, StringComparison.Ordinal);
        Assert.Contains("line 1, column 30", faults[3].Message, StringComparison.Ordinal);
        Assert.Contains("do you mean source.name", faults[5].Message, StringComparison.Ordinal);
        Assert.Contains("source.port is no amount; connections,", faults[6].Message, StringComparison.Ordinal);
        Assert.Contains("do you mean bytes", faults[9].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_order_is_by_columns_of_the_answer()
    {
        Assert.Contains("do you mean sum(bytes)?", Assert.Single(Faults(new() { Aggregates = ["sum(bytes)"], OrderBy = ["-sum(byte)"] })).Message, StringComparison.Ordinal);
        Assert.Equal(["top"], Faults(new() { GroupBy = ["node"], Top = 3, OrderBy = ["node"] }).Select(fault => fault.Path));
        Assert.Equal(["top"], Faults(new() { GroupBy = ["node"], Top = 3, Bucket = "1m" }).Select(fault => fault.Path));
    }

    [Fact]
    public void Too_much_is_refused_with_the_limit()
    {
        Assert.Contains("100000", Assert.Single(Faults(new() { Limit = 1_000_000 })).Message, StringComparison.Ordinal);
        Assert.Contains("20000 buckets", Assert.Single(Faults(new() { Since = "7d", Bucket = "1s" })).Message, StringComparison.Ordinal);
        Assert.Contains("at most 16", Assert.Single(Faults(new() { GroupBy = [.. Enumerable.Repeat("node", 17)] })).Message, StringComparison.Ordinal);
        Assert.Contains("is not before the end", Assert.Single(Faults(new() { Since = "1m", Until = "2m" })).Message, StringComparison.Ordinal);
    }

    static FlowQuery Read(FlowRequest request)
    {
        var faults = new Faults();
        var query = new FlowQueryReader(new(), RandomFlows.Now, faults).Read(request);
        Assert.Empty(faults.ToImmutable());
        return query;
    }

    static System.Collections.Immutable.ImmutableArray<Fault> Faults(FlowRequest request)
    {
        var faults = new Faults();
        new FlowQueryReader(new(), RandomFlows.Now, faults).Read(request);
        return faults.ToImmutable();
    }
}
