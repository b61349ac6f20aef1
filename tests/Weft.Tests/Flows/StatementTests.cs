using System.Text;
using Weft.ClickHouseServer.Statements;

namespace Weft.Tests.Flows;

/// <summary>Where the server of the tests finds formats and data in statements.</summary>
public sealed class StatementTests
{
    [Theory]
    [InlineData("INSERT INTO t FORMAT TSV", "TSV", "INSERT INTO t | FORMAT TSV", "")]
    [InlineData("insert into t (a, `format`) format RowBinary\n\n1", "RowBinary", "insert into t (a, `format`) | format RowBinary", "\n1")]
    [InlineData("INSERT INTO w.values (a) SETTINGS x = 1 FORMAT CSV  1,2", "CSV", "INSERT INTO w.values (a) | SETTINGS x = 1 FORMAT CSV", "1,2")]
    [InlineData("/* FORMAT */ INSERT INTO \"a VALUES b\" FORMAT CSV\r\n1", "CSV", "/* FORMAT */ INSERT INTO \"a VALUES b\" | FORMAT CSV", "1")]
    public void An_insert_is_read_up_to_its_data(string text, string format, string split, string data)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var statement = Statement.Read(bytes);
        Assert.Equal((StatementKind.InsertOfData, format), (statement.Kind, statement.Format));
        Assert.Equal(split, Split(bytes, statement));
        Assert.Equal(data, Encoding.UTF8.GetString(bytes.AsSpan(statement.Data)));
    }

    [Theory]
    [InlineData("SELECT 1", null, "SELECT 1|")]
    [InlineData("SELECT 1; -- end", null, "SELECT 1|")]
    [InlineData("WITH x AS (SELECT 1 FORMAT a) SELECT * FROM x FORMAT JSON", "JSON", "WITH x AS (SELECT 1 FORMAT a) SELECT * FROM x |FORMAT JSON")]
    [InlineData("SELECT format('{}', a) FROM t SETTINGS y = 2", null, "SELECT format('{}', a) FROM t SETTINGS y = 2|")]
    [InlineData("SELECT a AS format FROM t FORMAT CSV SETTINGS y = 2, z = 'x';\n", "CSV", "SELECT a AS format FROM t |FORMAT CSV SETTINGS y = 2, z = 'x'")]
    [InlineData("SELECT 'FORMAT \\' TSV', \"FORMAT TSV\", `FORMAT ``TSV`", null, "SELECT 'FORMAT \\' TSV', \"FORMAT TSV\", `FORMAT ``TSV`|")]
    [InlineData("(SELECT 1)", null, "(SELECT 1)|")]
    public void The_format_of_a_query_is_its_last_clause(string text, string? format, string split)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var statement = Statement.Read(bytes);
        Assert.Equal((StatementKind.Query, format), (statement.Kind, statement.Format));
        Assert.Equal(split, Split(bytes, statement));
    }

    [Theory]
    [InlineData("INSERT INTO t VALUES (1)", null)]
    [InlineData("INSERT INTO t SELECT * FROM u", null)]
    [InlineData("SHOW TABLES FORMAT JSON", "JSON")]
    [InlineData("CREATE TABLE t AS SELECT 1", null)]
    [InlineData("SELECT 1 INTO OUTFILE 'x' FORMAT CSV", "CSV")]
    [InlineData("WITH 1 AS x INSERT INTO t SELECT x", null)]
    public void All_else_runs_as_it_stands(string text, string? format)
    {
        var statement = Statement.Read(Encoding.UTF8.GetBytes(text));
        Assert.Equal((StatementKind.Plain, format), (statement.Kind, statement.Format));
    }

    static string Split(byte[] text, Statement statement) =>
        $"{Encoding.UTF8.GetString(text, 0, statement.FileClause)}|{(statement.Kind == StatementKind.InsertOfData ? " " : "")}"
        + Encoding.UTF8.GetString(text, statement.FileClause, statement.End - statement.FileClause);
}
