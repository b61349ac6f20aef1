using System.Text.Json.Nodes;
using Weft.Cli;
using Weft.Cli.Commands;
using Weft.Tests.Server;

namespace Weft.Tests.Cli;

/// <summary>The command line against a whole server.</summary>
public sealed class ServerTests : IAsyncLifetime
{
    TestServer server = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => server = await TestServer.StartAsync();

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    Task<CliRun> RunAsync(string line, string input = "") => CliRun.OfAsync(
        line.Split(' '), input, new Dictionary<string, string> { ["WEFT_SERVER"] = server.Socket }, Cancel);

    async Task<string> Ok(string line, string input = "")
    {
        var run = await RunAsync(line, input);
        Assert.True(run.ExitCode == ExitCodes.Ok, $"{line}\n{run.Out}{run.Error}");
        return run.Out;
    }

    [Fact]
    public async Task A_network_is_created_listed_shown_changed_and_deleted()
    {
        Assert.Equal("network/frontend created\n", await Ok(
            "network create frontend --subnet 10.1.0.0/24 --gateway 10.1.0.254 --pool 10.1.0.10-10.1.0.20 --label tier=web"));
        Assert.Matches("^NAME +SUBNETS .*\nfrontend +10.1.0.0/24 +10.1.0.254 ", await Ok("network list"));
        Assert.Contains("subnets[0].pools[0].end     10.1.0.20", await Ok("network show frontend"));
        Assert.Equal("network/frontend updated\n", await Ok("network update frontend --subnet fd00:1::/64 --mtu 1400"));
        Assert.Equal("network/frontend unchanged\n", await Ok("network update frontend --mtu 1400"));
        var network = JsonNode.Parse(await Ok("get network frontend -o json"))!;
        Assert.Equal(["kind", "name", "project"], network.AsObject().Select(field => field.Key).Take(3));
        Assert.Equal(1400, (int)network["mtu"]!);
        Assert.Equal(2, network["subnets"]!.AsArray().Count);
        Assert.Equal("network/frontend\n", await Ok("get networks -o name"));
        Assert.Equal("network/frontend deleted\n", await Ok("network delete frontend"));
        Assert.Equal("[]\n", await Ok("get networks -o json"));
    }

    [Theory]
    [InlineData("network show nope", ExitCodes.NotFound, "there is no network 'nope'")]
    [InlineData("network delete nope", ExitCodes.NotFound, "network/nope: there is no network 'nope'")]
    [InlineData("network create taken", ExitCodes.Conflict, "name: ")]
    [InlineData("network delete taken", ExitCodes.Conflict, "used by port/p")]
    [InlineData("network create b --subnet 10.1.0.0/24 --subnet 10.1.0.0/25", ExitCodes.Failure, "subnets[1].prefix: ")]
    [InlineData("port create q --network nope", ExitCodes.Failure, "network: ")]
    [InlineData("network list --project nope --server http://127.0.0.1:9", ExitCodes.Unreachable, "cannot reach")]
    public async Task Refusals_have_an_exit_code_and_name_the_field(string line, int code, string text)
    {
        await Ok("network create taken");
        await Ok("port create p --network taken");
        var run = await RunAsync(line);
        Assert.Contains(text, run.Error);
        Assert.Equal(code, run.ExitCode);
        Assert.StartsWith("error: ", run.Error);
    }

    [Fact]
    public async Task Documents_are_applied_in_the_order_that_they_need()
    {
        const string Documents = """
            {kind: port, name: db, project: acme, network: backend, aliases: [postgres]}
            ---
            {kind: network, name: backend, project: acme, subnets: [{prefix: 10.2.0.0/24}]}
            ---
            {kind: project, name: acme}
            """;
        Assert.Equal(
            "project/acme created\nnetwork/backend created\nport/db created\n", await Ok("apply -f -", Documents));
        Assert.Equal(
            "project/acme unchanged\nnetwork/backend unchanged\nport/db unchanged\n",
                await Ok("apply -f -", Documents));
        var yaml = await Ok("get ports --project acme -o yaml");
        Assert.Equal("port/db unchanged\n", await Ok("apply -f -", yaml));
        Assert.Equal(
            "port/db deleted\nnetwork/backend deleted\nproject/acme deleted\n", await Ok("delete -f -", Documents));
        Assert.Equal(
            "port/db was not there\nnetwork/backend was not there\nproject/acme was not there\n",
            await Ok("delete -f -", Documents));
    }

    [Fact]
    public async Task What_the_server_finds_wrong_is_told_with_file_document_and_field()
    {
        var run = await RunAsync("apply -f -", """
            {kind: network, name: good, subnets: [{prefix: 10.1.0.0/24}]}
            ---
            {kind: network, name: bad, subnets: [{prefix: 10.2.0.0/24, gateway: 10.3.0.1}]}
            """);
        Assert.Equal(ExitCodes.Failure, run.ExitCode);
        Assert.Contains("  stdin:2:subnets[0].gateway: ", run.Error);
    }

    [Fact]
    public async Task A_watch_shows_what_is_there_and_what_happens()
    {
        await Ok("network create one");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var output = new WatchedOutput();
        var watch = Watch.StartAsync(output, server.Socket, stop.Token);
        await output.WaitForAsync("created   one", Cancel);
        await Ok("network create two");
        await Ok("network delete one");
        await output.WaitForAsync("created   two", Cancel);
        await output.WaitForAsync("deleted   one", Cancel);
        await stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await watch);
    }

    [Fact]
    public async Task Names_are_completed_from_the_server()
    {
        await Ok("network create frontend");
        const string Line = "weft network show fr";
        // Who presses Tab does not wait for a slow server: then there is nothing to suggest, and one presses again.
        var deadline = Environment.TickCount64 + 60_000;
        string[] names;
        do
        {
            var run = await CliRun.OfAsync(
                [$"[suggest:{Line.Length}]", Line], environment: new Dictionary<string,
                    string> { ["WEFT_SERVER"] = server.Socket },
                cancel: Cancel);
            names = run.Out.Split('\n');
        }
        while (!names.Contains("frontend") && Environment.TickCount64 < deadline);
        Assert.Contains("frontend", names);
    }

    [Fact]
    public async Task A_token_and_the_authority_open_the_api_over_tls()
    {
        var secret = (await Ok("token create pipeline --role admin")).Trim();
        using var tcp = server.OverTcp(null);
        var url = tcp.BaseAddress!.ToString().TrimEnd('/');
        var ca = Path.Combine(server.DataDirectory, "authority.pem");
        Assert.Equal(ExitCodes.Ok, (await RunAsync($"project list --server {url} --token {secret} --ca-file {ca}"))
            .ExitCode);

        var stranger = await RunAsync($"project list --server {url} --ca-file {ca}");
        Assert.Equal(ExitCodes.Failure, stranger.ExitCode);
        Assert.Contains("hint: give a token", stranger.Error);

        var untrusted = await RunAsync($"project list --server {url} --token {secret}");
        Assert.Equal(ExitCodes.Unreachable, untrusted.ExitCode);
        Assert.Contains("--ca-file", untrusted.Error);
    }

    static class Watch
    {
        public static Task<int> StartAsync(TextWriter output, string socket, CancellationToken cancel) =>
            WeftCommand.RunAsync(
                ["get", "networks", "--watch", "--server", socket], CliRun.Terminal(output, TextWriter.Null), cancel);
    }
}
