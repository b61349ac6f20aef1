using System.Globalization;

namespace Weft.Tests.Flows;

/// <summary>How the server of the tests begins and ends.</summary>
public sealed class ClickHouseProcessTests
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task It_ends_when_its_standard_input_does()
    {
        await using var engine = new ClickHouseEngine();
        await engine.StartAsync();

        engine.Process.StandardInput.Close();

        Assert.True(engine.Process.WaitForExit(Limit));
        Assert.Equal(0, engine.Process.ExitCode);
    }

    [Fact]
    public async Task It_ends_cleanly_when_it_is_asked_to_and_keeps_its_data()
    {
        await using var engine = new ClickHouseEngine();
        await engine.StartAsync();
        using var client = engine.Connect();
        await client.ExecuteNonQueryAsync("CREATE TABLE t ENGINE = MergeTree ORDER BY x AS SELECT 7 AS x", cancellationToken: Cancel);

        using (var kill = System.Diagnostics.Process.Start("kill", ["-TERM", engine.Process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(Cancel);
        Assert.True(engine.Process.WaitForExit(Limit));
        Assert.Equal(0, engine.Process.ExitCode);

        await engine.StartAsync();
        Assert.Equal((byte)7, await client.ExecuteScalarAsync("SELECT x FROM t", cancellationToken: Cancel));
    }

    [Fact]
    public async Task Without_the_library_it_says_where_it_comes_from()
    {
        await using var engine = new ClickHouseEngine { Variables = { ["WEFT_CHDB"] = "/nonexistent/libchdb.so" } };
        var exception = await Assert.ThrowsAsync<IOException>(engine.StartAsync);
        Assert.Contains("/nonexistent/libchdb.so: run eng/chdb.sh", exception.Message, StringComparison.Ordinal);
    }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
