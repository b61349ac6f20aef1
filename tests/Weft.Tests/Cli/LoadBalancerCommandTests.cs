using System.Text.Json.Nodes;
using Weft.Cli;
using Weft.Tests.Server;

namespace Weft.Tests.Cli;

/// <summary>Load balancers on the command line, against a whole server.</summary>
public sealed class LoadBalancerCommandTests : IAsyncLifetime
{
    TestServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync();
        await Ok("network", "create", "backend", "--subnet", "10.1.0.0/24");
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    Task<CliRun> Run(params string[] arguments) => CliRun.OfAsync(
        arguments, "", new Dictionary<string, string> { ["WEFT_SERVER"] = server.Socket }, TestContext.Current.CancellationToken);

    async Task<string> Ok(params string[] arguments)
    {
        var run = await Run(arguments);
        Assert.True(run.ExitCode == ExitCodes.Ok, $"{string.Join(' ', arguments)}\n{run.Out}{run.Error}");
        return run.Out;
    }

    Task<string> Make() => Ok(
        "load-balancer", "create", "web", "--network", "backend", "--listener", "tcp:80", "--member", "web1:8080",
        "--member", "web2:8080,weight=2", "--algorithm", "source-hash", "--affinity", "300",
        "--monitor", "http:/healthz,interval=1s,codes=200-299+304", "--selector", "role=web");

    async Task<JsonNode> Pool() => JsonNode.Parse(await Ok("load-balancer", "show", "web", "-o", "json"))!["pools"]![0]!;

    async Task<string[]> Members() =>
        [.. (await Pool())["members"]!.AsArray().Select(member => $"{member!["port"]}:{member["targetPort"]} {member["weight"]} {member["enabled"]}")];

    [Fact]
    public async Task It_is_created_as_the_words_say()
    {
        Assert.Equal("load-balancer/web created\n", await Make());

        var pool = await Pool();
        Assert.Equal(("source-hash", 300), ((string)pool["algorithm"]!, (int)pool["affinitySeconds"]!));
        Assert.Equal(["web1:8080  ", "web2:8080 2 "], await Members());
        Assert.Equal(
            """{"type":"http","intervalMilliseconds":1000,"timeoutMilliseconds":0,"rise":0,"fall":0,"port":0,"path":"/healthz","codes":["200-299","304"]}""",
            pool["healthMonitor"]!.ToJsonString());
        Assert.Equal("""{"role":"web"}""", pool["selector"]!.ToJsonString());
    }

    [Fact]
    public async Task It_is_listed_and_shown_with_its_members()
    {
        await Make();

        Assert.Matches("^NAME +NETWORK +ADDRESSES +LISTENERS +UP +STATE .*\nweb +backend +10.1.0.2 +tcp:80 +0/2 +down ", await Ok("get", "lb"));
        var shown = await Ok("load-balancer", "show", "web");
        Assert.Matches("\nLISTENER +PROTOCOL +PORTS +POOL .*\ntcp-80 +tcp +80 +default +0 +0 +0 +0B +0B\n", shown);
        Assert.Matches("\nPOOL +MEMBER +ADDRESS .*\ndefault +web1 +- +8080 +absent +0 .*\ndefault +web2 +- +8080 +absent ", shown);
    }

    [Fact]
    public async Task Members_come_go_drain_and_come_back()
    {
        await Make();
        await Ok("load-balancer", "member", "add", "web", "web3:8080,weight=3", "web3:9090");
        await Ok("load-balancer", "member", "remove", "web", "web1");
        await Ok("load-balancer", "member", "drain", "web", "web2", "web3:9090");
        await Ok("load-balancer", "member", "disable", "web", "web3:8080");
        Assert.Equal(["web2:8080 0 ", "web3:8080 3 false", "web3:9090 0 "], await Members());

        await Ok("load-balancer", "member", "enable", "web", "web2", "web3");
        Assert.Equal(["web2:8080  ", "web3:8080 3 ", "web3:9090  "], await Members());
    }

    [Fact]
    public async Task A_member_that_is_not_there_is_told()
    {
        await Make();

        var run = await Run("load-balancer", "member", "drain", "web", "web9");

        Assert.Equal(ExitCodes.NotFound, run.ExitCode);
        Assert.StartsWith("error: the pool has no member 'web9' by name", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_updated_is_only_what_was_said()
    {
        await Make();
        await Ok("load-balancer", "update", "web", "--algorithm", "least-connections", "--no-monitor", "--listener", "udp:53", "--disable");

        var document = JsonNode.Parse(await Ok("load-balancer", "show", "web", "-o", "json"))!;
        Assert.Equal(("udp-53", false), ((string)document["listeners"]![0]!["name"]!, (bool)document["enabled"]!));
        var pool = document["pools"]![0]!;
        Assert.Equal(("least-connections", 300), ((string)pool["algorithm"]!, (int)pool["affinitySeconds"]!));
        Assert.Null(pool["healthMonitor"]);
        await Ok("load-balancer", "update", "web", "--enable");
        Assert.Null(JsonNode.Parse(await Ok("load-balancer", "show", "web", "-o", "json"))!["enabled"]);
    }

    [Theory]
    [InlineData("--listener", "80", "'80': must be PROTOCOL:PORTS such as tcp:80")]
    [InlineData("--listener", "tcp:90-80", "port '90-80' must be a number such as 80")]
    [InlineData("--listener", "tcp:80,pol=a", "'pol' is not known; did you mean 'pool'?")]
    [InlineData("--member", "web1:0", "port '0' must be a whole number from 1 to 65535")]
    [InlineData("--member", ":80", "must begin with the name of a port")]
    [InlineData("--member", "web1,weight=300", "weight '300' must be a whole number from 0 to 256")]
    [InlineData("--member", "web1,weight", "'weight' needs a value")]
    [InlineData("--member", "web1,weight=1,weight=2", "'weight' is given twice")]
    [InlineData("--member", "web1,disabled=no", "'disabled' has no value")]
    [InlineData("--monitor", "tcp,interval=5", "interval '5' must be a time such as 500ms, 2s or 1m")]
    [InlineData("--monitor", "http:/,codes=2xx", "code '2xx' must be a number such as 80")]
    [InlineData("--affinity", "-1", "must be a whole number from 0")]
    [InlineData("--selector", "role", "must be KEY=VALUE")]
    public async Task Words_that_cannot_be_read_are_wrong_usage(string option, string word, string message)
    {
        var run = await Run("load-balancer", "create", "web", "--network", "backend", option, word);

        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains(message, run.Error);
    }

    [Fact]
    public async Task Names_and_members_are_completed_from_the_server()
    {
        await Make();

        Assert.Contains("web\n", await Complete("weft load-balancer show "));
        Assert.Contains("web2\n", await Complete("weft load-balancer member drain web "));
    }

    Task<string> Complete(string line) => Ok($"[suggest:{line.Length}]", line);

    [Fact]
    public async Task Rates_are_told_for_programs_too()
    {
        await Make();

        var rates = JsonNode.Parse(await Ok("load-balancer", "rates", "web", "--seconds", "1", "-o", "json"))!.AsArray();

        Assert.Equal(["tcp-80", "default/web1:8080", "default/web2:8080"], rates.Select(rate => (string)rate!["name"]!));
    }

    [Fact]
    public async Task A_document_that_was_shown_can_be_applied()
    {
        await Make();
        var shown = await Ok("load-balancer", "show", "web", "-o", "yaml");

        var run = await CliRun.OfAsync(
            ["apply", "-f", "-"], shown, new Dictionary<string, string> { ["WEFT_SERVER"] = server.Socket }, TestContext.Current.CancellationToken);

        Assert.Equal("load-balancer/web unchanged\n", run.Out + run.Error);
    }
}
