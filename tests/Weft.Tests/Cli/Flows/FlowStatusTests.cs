using System.Text.Json.Nodes;
using Weft.Cli;

namespace Weft.Tests.Cli.Flows;

public sealed class FlowStatusTests : IAsyncLifetime
{
    FlowServer server = null!;

    public async ValueTask InitializeAsync() => server = await FlowServer.StartAsync();

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    static JsonObject Status(string nodes = "", string refused = "") => (JsonObject)JsonNode.Parse(
        $$"""
        {"store":{"kind":"duckdb","rows":1234567,"bytes":52428800,"oldest":"2020-01-01T00:00:00Z","newest":"2020-01-02T00:00:00Z","limitBytes":21474836480,"refused":"{{refused}}"},
         "recordsPerSecond":1234.5,"nodes":[{{nodes}}]}
        """)!;

    [Fact]
    public async Task All_is_well_when_nothing_is_missing()
    {
        server.Status = Status("""{"name":"h1","connected":true,"losses":{"vrouter.records":0},"waitingBytes":1000,"clockOffsetMilliseconds":3}""");
        var run = await server.RunAsync("flows", "status");
        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        Assert.Contains("Records   1234567\n", run.Out);
        Assert.Matches("h1 +connected +1000B +\\+3ms +0\n", run.Out);
        Assert.DoesNotContain("!", run.Out);
    }

    [Fact]
    public async Task Each_trouble_has_its_advice()
    {
        server.Status = Status("""
            {"name":"h1","connected":true,"losses":{"vrouter.records":7,"vrouter.packets":70,"untracked.packets":5,"untracked.bytes":500},"waitingBytes":0,"clockOffsetMilliseconds":-5000},
            {"name":"h2","connected":false,"losses":{"spool.batches":1,"spool.records":9},"waitingBytes":100000000,"clockOffsetMilliseconds":0}
            """, "the disk is full");
        var run = await server.RunAsync("flows", "status");
        Assert.Equal(ExitCodes.Failure, run.ExitCode);
        foreach (var text in (string[])[
            "! Nothing is stored: the disk is full.", "! The clock of h1 is off by -5000ms", "! h1: 7 records, 70 packets lost at vrouter: the agent did not",
            "! h1: 5 packets, 500 bytes lost at untracked: the flow table was full", "! h2 is away", "! h2: 1 batches, 9 records lost at spool: the server was away"])
            Assert.Contains(text, run.Out);
        Assert.Matches("h1 +connected +0B +-5000ms +12\n", run.Out);
        Assert.Equal(1234567, (long)JsonNode.Parse((await server.RunAsync("flows", "status", "-o", "json")).Out)!["store"]!["rows"]!);
    }

    [Fact]
    public async Task Fields_say_what_they_are_for()
    {
        var run = await server.RunAsync("flows", "fields");
        Assert.Matches("verdict +allowed\\|denied +About verdict.\n", run.Out);
        Assert.Contains("source.name\n", (await server.RunAsync("flows", "fields", "-o", "name")).Out);
    }
}
