using System.Net;
using ClickHouse.Driver;
using ClickHouse.Driver.ADO.Parameters;
using ClickHouse.Driver.Compression;
using ClickHouse.Driver.Utility;
using Weft.Tests.Sync;

namespace Weft.Tests.Flows;

/// <summary>What the store needs of ClickHouse, asked with the store's own client: the server of the tests must do it.</summary>
[Collection(ClickHouseCollection.Name)]
public sealed class ClickHouseServerTests(ClickHouseEngine engine)
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_Arrow_stream_is_stored_and_read_back_the_same(bool compressed)
    {
        using var client = await WithTableAsync();
        var rows = SampleRows.Of(5000);

        using var answer = await client.InsertRawStreamAsync(
            "t", SampleRows.AsArrow(rows), "ArrowStream", SampleRows.ColumnNames, compressed, cancellationToken: Cancel);

        Assert.Contains("\"written_rows\":\"5000\"", answer.Headers.GetValues("X-ClickHouse-Summary").Single());
        Assert.Equivalent(rows, await SampleRows.ReadAsync(client, "t", Cancel), strict: true);
    }

    public static TheoryData<IClickHouseCompressor?, InsertQueryPlacement> WaysOfBulk => new()
    {
        { ZstdCompressor.Default, InsertQueryPlacement.Body },
        { ZstdCompressor.Default, InsertQueryPlacement.Url },
        { GZipCompressor.Default, InsertQueryPlacement.Body },
        { null, InsertQueryPlacement.Body },
    };

    [Theory]
    [MemberData(nameof(WaysOfBulk), DisableDiscoveryEnumeration = true)]
    public async Task Rows_of_the_bulk_interface_are_stored_and_read_back_the_same(IClickHouseCompressor? compressor, InsertQueryPlacement query)
    {
        using var client = await WithTableAsync();
        var rows = SampleRows.Of(3000);

        var count = await client.InsertBinaryAsync(
            "t", SampleRows.ColumnNames, SampleRows.AsObjects(rows),
            new() { BatchSize = 1000, Compressor = compressor, QueryPlacement = query }, Cancel);

        Assert.Equal(3000, count);
        Assert.Equivalent(rows, await SampleRows.ReadAsync(client, "t", Cancel), strict: true);
    }

    [Theory]
    [InlineData("it's")]
    [InlineData("a\tb\\n\n\"{x:String}")]
    [InlineData("")]
    public async Task Parameters_reach_the_engine_as_they_are(string text)
    {
        using var client = engine.Connect();
        var parameters = new ClickHouseParameterCollection();
        parameters.AddParameter("text", text);
        parameters.AddParameter("list", new[] { 1, 2, 3 });
        parameters.AddParameter("address", IPAddress.Parse("2001:db8::1"));

        await using var reader = await client.ExecuteReaderAsync(
            "SELECT {text:String}, {list:Array(Int32)}, {address:IPv6}", parameters, cancellationToken: Cancel);

        Assert.True(await reader.ReadAsync(Cancel));
        Assert.Equal(text, reader.GetValue(0));
        Assert.Equal([1, 2, 3], (int[])reader.GetValue(1));
        Assert.Equal(IPAddress.Parse("2001:db8::1"), reader.GetValue(2));
    }

    [Theory]
    [InlineData("SELEC 1", 62, "SYNTAX_ERROR")]
    [InlineData("SELECT * FROM no_such_table", 60, "UNKNOWN_TABLE")]
    [InlineData("SELECT no_such_column", 47, "UNKNOWN_IDENTIFIER")]
    [InlineData("DROP TABLE no_such_table", 60, "UNKNOWN_TABLE")]
    [InlineData("SELECT throwIf(number = 3000000) FROM numbers(10000000)", 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO")]
    public async Task What_the_engine_refuses_is_an_exception_of_the_client_with_the_engines_code(string query, int code, string name)
    {
        using var client = engine.Connect();

        var exception = await Assert.ThrowsAsync<ClickHouseServerException>(async () =>
        {
            await using var reader = await client.ExecuteReaderAsync(query, cancellationToken: Cancel);
            while (await reader.ReadAsync(Cancel))
            {
                // The last of them fails amid the answer, long after its status.
            }
        });

        Assert.Equal(code, exception.ErrorCode);
        Assert.Contains(name, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_of_a_query_count_for_it_alone_and_unknown_ones_are_refused()
    {
        using var client = engine.Connect();
        var asked = new QueryOptions { CustomSettings = new Dictionary<string, object> { ["max_block_size"] = 77 } };

        Assert.Equal("77", await client.ExecuteScalarAsync("SELECT toString(getSetting('max_block_size'))", options: asked, cancellationToken: Cancel));
        Assert.NotEqual("77", await client.ExecuteScalarAsync("SELECT toString(getSetting('max_block_size'))", cancellationToken: Cancel));
        var wrong = new QueryOptions { CustomSettings = new Dictionary<string, object> { ["no_such_setting"] = 1 } };
        var exception = await Assert.ThrowsAsync<ClickHouseServerException>(
            () => client.ExecuteScalarAsync("SELECT 1", options: wrong, cancellationToken: Cancel));
        Assert.Equal(115, exception.ErrorCode);
    }

    [Fact]
    public async Task A_long_answer_comes_whole()
    {
        using var client = engine.Connect();
        var (count, sum) = (0L, 0UL);
        await using var reader = await client.ExecuteReaderAsync("SELECT number FROM numbers(3000000)", cancellationToken: Cancel);
        while (await reader.ReadAsync(Cancel))
            (count, sum) = (count + 1, sum + (ulong)reader.GetValue(0));
        Assert.Equal((3000000, 3000000UL * 2999999 / 2), (count, sum));
    }

    [Theory]
    [InlineData("SELECT number AS n FROM numbers(2) FORMAT JSONEachRow", "{\"n\":0}\n{\"n\":1}\n")]
    [InlineData("SELECT 'a;b' AS format, 1 AS x -- FORMAT JSON\n FORMAT CSVWithNames SETTINGS max_threads = 1;", "\"format\",\"x\"\n\"a;b\",1\n")]
    [InlineData("SHOW DATABASES LIKE 'system' FORMAT TSV", "system\n")]
    [InlineData("(SELECT 1) UNION ALL (SELECT 1)", "1\n1\n")]
    [InlineData("SELECT 1 WHERE 0 FORMAT TSVWithNames", "1\n")]
    public async Task An_answer_has_the_format_that_is_asked_for(string query, string expected)
    {
        using var client = new HttpClient();
        using var answer = await client.PostAsync(engine.Url, new StringContent(query), Cancel);
        Assert.Equal((HttpStatusCode.OK, expected), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel)));
    }

    [Fact]
    public async Task Tokens_keep_an_insert_from_counting_twice()
    {
        using var client = await WithTableAsync("SETTINGS non_replicated_deduplication_window = 100");
        foreach (var token in (string[])["first", "first", "second", "first"])
        {
            var options = new QueryOptions { CustomSettings = new Dictionary<string, object> { ["insert_deduplication_token"] = token } };
            using var answer = await client.InsertRawStreamAsync(
                "t", SampleRows.AsArrow(SampleRows.Of(10)), "ArrowStream", SampleRows.ColumnNames, options: options, cancellationToken: Cancel);
        }
        Assert.Equal(20UL, await client.ExecuteScalarAsync("SELECT count() FROM t", cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_materialized_view_sums_up_what_comes()
    {
        using var client = await WithTableAsync();
        await ExecuteAsync(client, "CREATE TABLE sums (minute DateTime, name String, n UInt64) ENGINE = SummingMergeTree ORDER BY (minute, name)");
        await ExecuteAsync(
            client, "CREATE MATERIALIZED VIEW to_sums TO sums AS SELECT toStartOfMinute(at) AS minute, name, count() AS n FROM t GROUP BY minute, name");
        for (var round = 0; round < 3; round++)
            await client.InsertBinaryAsync("t", SampleRows.ColumnNames, SampleRows.AsObjects(SampleRows.Of(30)), cancellationToken: Cancel);
        await ExecuteAsync(client, "OPTIMIZE TABLE sums FINAL");
        Assert.Equal("3 90", await client.ExecuteScalarAsync("SELECT concat(toString(count()), ' ', toString(sum(n))) FROM sums", cancellationToken: Cancel));
    }

    [Fact]
    public async Task Old_rows_go_and_columns_come()
    {
        using var client = await WithTableAsync("TTL toDateTime(at) + INTERVAL 1 DAY SETTINGS merge_with_ttl_timeout = 0");
        await client.InsertBinaryAsync("t", SampleRows.ColumnNames, SampleRows.AsObjects(SampleRows.Of(10)), cancellationToken: Cancel);
        await ExecuteAsync(client, "INSERT INTO t (id, at) VALUES (1, now64(6))");
        await ExecuteAsync(client, "OPTIMIZE TABLE t FINAL");
        Assert.Equal(1UL, await client.ExecuteScalarAsync("SELECT count() FROM t", cancellationToken: Cancel));

        await ExecuteAsync(client, "ALTER TABLE t ADD COLUMN bytes UInt64 DEFAULT id + 41");
        Assert.Equal(42UL, await client.ExecuteScalarAsync("SELECT bytes FROM t", cancellationToken: Cancel));
    }

    [Fact]
    public async Task Statements_run_side_by_side()
    {
        using var client = await WithTableAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await client.InsertBinaryAsync("t", SampleRows.ColumnNames, SampleRows.AsObjects(SampleRows.Of(500)), cancellationToken: Cancel);
            await client.ExecuteScalarAsync("SELECT uniq(name) FROM t", cancellationToken: Cancel);
        }));
        Assert.Equal(4000UL, await client.ExecuteScalarAsync("SELECT count() FROM t", cancellationToken: Cancel));
    }

    [Theory]
    [InlineData("SELECT sum(sipHash64(number)) FROM numbers(1000000000000)", true)]
    [InlineData("SELECT sipHash64(number) FROM numbers(1000000000000)", true)]
    [InlineData("SELECT sipHash64(number) FROM numbers(1000000000000)", false)]
    public async Task A_statement_ends_with_its_client_when_asked_to_or_when_it_sends_something(string query, bool asked)
    {
        await RunAndLeaveAsync(query, asked);
        await Patience.UntilAsync(async () => await LongOnesAsync() == 0, "the statement to end");
    }

    [Fact]
    public async Task A_statement_that_sends_nothing_goes_on_without_its_client()
    {
        using var client = engine.Connect();
        await RunAndLeaveAsync("SELECT sum(sipHash64(number)) FROM numbers(1000000000000)", asked: false);
        var rounds = 0;
        await Patience.UntilAsync(async () => await LongOnesAsync() == 1 && ++rounds == 20, "some time to pass");
        await client.ExecuteNonQueryAsync($"KILL QUERY WHERE {LongOnes} SYNC", cancellationToken: Cancel);
        Assert.Equal(0UL, await LongOnesAsync());
    }

    const string LongOnes = "query LIKE '%numbers(1000000000000)%' AND query NOT LIKE '%system.processes%'";

    async Task RunAndLeaveAsync(string query, bool asked)
    {
        using var client = engine.Connect();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var settings = new Dictionary<string, object> { ["cancel_http_readonly_queries_on_client_close"] = asked ? 1 : 0 };
        var running = Task.Run(
            async () =>
            {
                await using var reader = await client.ExecuteReaderAsync(
                    query, options: new() { CustomSettings = settings }, cancellationToken: leaving.Token);
                while (await reader.ReadAsync(leaving.Token))
                    leaving.Token.ThrowIfCancellationRequested();
            },
            Cancel);
        await Patience.UntilAsync(async () => await LongOnesAsync() == 1, "the statement to run");
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    async Task<ulong> LongOnesAsync()
    {
        using var client = engine.Connect();
        return (ulong)await client.ExecuteScalarAsync($"SELECT count() FROM system.processes WHERE {LongOnes}", cancellationToken: Cancel);
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_kill()
    {
        using var client = await WithTableAsync();
        var rows = SampleRows.Of(1000);
        await client.InsertBinaryAsync("t", SampleRows.ColumnNames, SampleRows.AsObjects(rows), cancellationToken: Cancel);

        await engine.RestartAsync();

        Assert.Equivalent(rows, await SampleRows.ReadAsync(client, "t", Cancel), strict: true);
    }

    async Task<ClickHouseClient> WithTableAsync(string more = "")
    {
        var client = await engine.ConnectToNewDatabaseAsync(Cancel);
        await ExecuteAsync(client, $"CREATE TABLE t ({SampleRows.Columns}) ENGINE = MergeTree ORDER BY id {more}");
        return client;
    }

    static Task<int> ExecuteAsync(ClickHouseClient client, string statement) => client.ExecuteNonQueryAsync(statement, cancellationToken: Cancel);
}
