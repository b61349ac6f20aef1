using Weft.Analytics.Queries;
using Weft.Analytics.Sql;
using Weft.Analytics.Storage;
using Weft.Model.Validation;

namespace Weft.Tests.Flows.Queries;

public sealed class FlowStatementTests
{
    static readonly FlowHoldings s_records = new(1, 1, RandomFlows.Now.AddDays(-1), RandomFlows.Now, new Dictionary<FlowTable, ulong>());

    [Fact]
    public void A_list_of_records_is_one_select() => Assert.Equal(
        """SELECT "time" AS "c0", "source_name" AS "c1" FROM flows WHERE (("time" >= make_timestamp($p0)) AND ("time" < make_timestamp($p1)) AND (("observer" = CAST($p2 AS UTINYINT)) OR ("verdict" = CAST($p3 AS UTINYINT))) AND ("source_network" = $p4)) ORDER BY "time" DESC NULLS LAST LIMIT 10""",
        Text(new() { Fields = ["time", "source.name"], Where = "source.network = \"it's\"" }, SqlDialect.DuckDb).Text);

    [Theory]
    [InlineData(SqlDialect.DuckDb)]
    [InlineData(SqlDialect.ClickHouse)]
    public void Nothing_that_a_person_writes_stands_in_the_text(SqlDialect dialect)
    {
        const string evil = "x'; DROP TABLE flows; --";
        var query = Text(new()
        {
            Where = $"source.name = \"{evil}\" and source.labels.app contains \"{evil}\" and policy ~ \"{evil}\" and destination.name starts with \"{evil}\"",
            GroupBy = [$"source.labels.{evil}"],
        }, dialect, FlowAccess.Of([evil]));
        Assert.DoesNotContain("DROP", query.Text, StringComparison.Ordinal);
        Assert.Contains(query.Parameters, parameter => parameter.Value is evil);
    }

    [Fact]
    public void ClickHouse_has_its_own_words()
    {
        var text = Text(new() { Where = "source.address in 10.0.0.0/8 and source.labels.app ~ '^w' and tcp.flags contains syn", Bucket = "5m", Aggregates = ["p95(rtt)", "sum(bytes)", "distinct(source.name)"] }, SqlDialect.ClickHouse).Text;
        Assert.Contains("fromUnixTimestamp64Micro({p0:Int64}, 'UTC')", text, StringComparison.Ordinal);
        Assert.Contains(":UInt128}", text, StringComparison.Ordinal);
        Assert.Contains("match(extract(`source_labels`, {", text, StringComparison.Ordinal);
        Assert.Contains("bitAnd(`tcp_flags`, 2) = 2", text, StringComparison.Ordinal);
        Assert.Contains("intDiv(toUnixTimestamp64Micro(`time`), 300000000) * 300000000", text, StringComparison.Ordinal);
        Assert.Contains("quantileExactInclusive(0.95)(nullif(`rtt`, 0))", text, StringComparison.Ordinal);
        Assert.Contains("uniqExact(`source_name`)", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_member_may_not_see_is_empty_in_columns_and_filters_alike()
    {
        var text = Text(new() { Fields = ["destination.name"], Where = "destination.name = db" }, SqlDialect.DuckDb, FlowAccess.Of(["shop"])).Text;
        const string hidden = """CASE WHEN ("destination_project" IN ($p0)) THEN "destination_name" ELSE $p1 END""";
        Assert.Equal(2, text.Split(hidden).Length - 1);
        Assert.Contains("""(("source_project" IN ($p0)) OR ("destination_project" IN ($p0)))""", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_asks_for_the_observer_gets_both_reports()
    {
        Assert.DoesNotContain("\"verdict\" =", Text(new() { GroupBy = ["observer"] }, SqlDialect.DuckDb).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"verdict\" =", Text(new() { Where = "observer = exit" }, SqlDialect.DuckDb).Text, StringComparison.Ordinal);
        Assert.Contains("\"verdict\" =", Text(new() { GroupBy = ["node"] }, SqlDialect.DuckDb).Text, StringComparison.Ordinal);
    }

    static SqlQuery Text(FlowRequest request, SqlDialect dialect, FlowAccess? access = null)
    {
        var faults = new Faults();
        var query = new FlowQueryReader(new(), RandomFlows.Now, faults).Read(request);
        Assert.Empty(faults.ToImmutable());
        return new FlowStatements(query, access ?? FlowAccess.Everything).Answer(FlowPlan.Make(query, s_records), 10).Write(dialect);
    }
}
