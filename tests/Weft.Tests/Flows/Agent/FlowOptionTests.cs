using Weft.Daemon.Commands;

namespace Weft.Tests.Flows.Agent;

/// <summary>What the daemon is told about flow records.</summary>
public sealed class FlowOptionTests
{
    readonly DaemonOptions _options = new();

    [Fact]
    public void Given_and_not_given()
    {
        var given = Agent("--flow-records", "off", "--flow-interval", "1m", "--flow-spool", "1.5GiB");
        Assert.Equal((false, TimeSpan.FromMinutes(1), 3L << 29), (given.FlowRecords, given.FlowInterval, given.FlowSpoolBytes));
        var not = Agent();
        Assert.Equal((true, TimeSpan.FromSeconds(10), 256L << 20), (not.FlowRecords, not.FlowInterval, not.FlowSpoolBytes));
        var server = _options.ServerOf(Parse("--flow-keep", "12h", "--flow-disk", "5GB"));
        Assert.Equal((TimeSpan.FromHours(12), 5_000_000_000), (server.Flows!.Retention.Records, server.Flows.Retention.Bytes));
    }

    [Theory]
    [InlineData("--flow-records", "maybe", "must be on or off")]
    [InlineData("--flow-interval", "10", "such as 10s")]
    [InlineData("--flow-interval", "0.5s", "at least 1s")]
    [InlineData("--flow-spool", "12", "such as 256MiB")]
    [InlineData("--flow-spool", "1kB", "at least 1MiB")]
    public void What_makes_no_sense_is_refused_in_words(string option, string value, string words)
    {
        var error = Assert.Single(Parse(option, value).Errors);
        Assert.StartsWith($"{option} {value}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ClickHouse_is_named_by_its_address_and_its_password_is_in_a_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["password"], "secret\n");
        var store = _options.ServerOf(Parse("--flow-store", "clickhouse://weft@ch.example:9123/flows", "--flow-store-password-file", folder["password"])).Flows!.ClickHouse!;
        Assert.Equal((new Uri("http://ch.example:9123"), "weft", "secret", "flows"), (store.Url, store.User, store.Password, store.Database));
        Assert.DoesNotContain("secret", store.ToString(), StringComparison.Ordinal);
        Assert.Null(_options.ServerOf(Parse("--flow-store", "duckdb")).Flows!.ClickHouse);
        Assert.Null(_options.ServerOf(Parse()).Flows!.ClickHouse);
        var error = Assert.Single(Parse("--flow-store", "clickhouse://weft:word@host/x").Errors);
        Assert.StartsWith("--flow-store: must not have a password in it", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("word@", error.Message, StringComparison.Ordinal);
    }

    Weft.Agent.AgentOptions Agent(params string[] arguments) => _options.AgentOf(Parse(arguments), null, null);

    System.CommandLine.ParseResult Parse(params string[] arguments)
    {
        var command = new System.CommandLine.RootCommand();
        foreach (var option in _options.OfBoth.Concat(_options.OfServer).Concat(_options.OfAgent))
            command.Options.Add(option);
        return command.Parse(arguments);
    }
}
