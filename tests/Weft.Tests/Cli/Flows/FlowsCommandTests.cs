using System.Text;
using System.Text.Json.Nodes;
using Weft.Cli;
using Weft.Cli.Commands;
using Weft.Cli.Output;

namespace Weft.Tests.Cli.Flows;

/// <summary>What is asked, and what is printed of the answer.</summary>
public sealed class FlowsCommandTests : IAsyncLifetime
{
    const string Allowed = """{"time":"2026-01-02T03:04:05.678901Z","source.project":"default","source.network":"frontend","source.name":"web1","source.address":"10.1.0.2","destination.project":"acme","destination.network":"management","destination.name":"log","destination.address":"10.3.0.9","lumped":false,"protocol":"tcp","destination.port":514,"packets":12,"bytes":20480,"reply.packets":10,"reply.bytes":900,"verdict":"allowed","reason":"","policy":"default/logs","group":"","rule":2}""";
    const string Denied = """{"time":"2026-01-02T03:04:06Z","source.project":"","source.network":"outside","source.name":"","source.address":"203.0.113.7","destination.project":"","destination.network":"","destination.name":"","destination.address":"","lumped":true,"protocol":"tcp","destination.port":0,"packets":9000,"bytes":540000,"reply.packets":0,"reply.bytes":0,"verdict":"denied","reason":"policy-denied","policy":"","group":"","rule":0}""";

    FlowServer server = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => server = await FlowServer.StartAsync();

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    async Task<CliRun> Ok(params string[] words)
    {
        var run = await server.RunAsync(words);
        Assert.True(run.ExitCode == ExitCodes.Ok, run.Out + run.Error);
        return run;
    }

    [Fact]
    public async Task A_list_names_both_ends_and_says_what_decided()
    {
        server.Rows = [Denied, Allowed]; // the newest first
        var lines = (await Ok("flows")).Out.Split('\n');
        Assert.Matches("^TIME +SOURCE +DESTINATION +TO +PACKETS +BYTES +REPLIES +BYTES +VERDICT +BECAUSE$", lines[0]);
        Assert.Matches("^.* +frontend/web1 +acme/management/log +tcp/514 +12 +20KiB +10 +900B +allowed +default/logs rule 2$", lines[1]);
        Assert.Matches("^.* +outside/203.0.113.7 +\\(many\\) +tcp +9000 +527KiB +0 +0B +denied +policy-denied$", lines[2]);
        var asked = Assert.Single(server.Asked);
        Assert.Contains("source.name", asked["fields"]!.AsArray().Select(field => (string?)field));
        Assert.Equal(["fields"], asked.Select(member => member.Key));
    }

    [Fact]
    public async Task Options_become_the_members_that_the_server_takes()
    {
        await Ok("flows", "--since", "2h", "--until", "1h", "--where", "a = b", "--project", "acme", "--limit", "5", "--fields", "time, bytes", "-o", "json");
        Assert.Equal(
            """{"since":"2h","until":"1h","where":"a = b","project":"acme","fields":["time","bytes"],"limit":5}""", server.Asked[^1].ToJsonString());
        await Ok("flows", "--observer", "both", "--where", "a = b or c = d", "-o", "ndjson");
        Assert.Equal("""{"where":"(a = b or c = d) and observer in (entry, exit)"}""", server.Asked[^1].ToJsonString());
        await Ok("flows", "--top", "bytes", "--by", "source.name,destination.name", "--limit", "3");
        Assert.Equal(
            """{"groupBy":["source.name","destination.name"],"aggregates":["sum(bytes)","sum(reply.bytes)","sum(packets)","sum(connections)"],"top":3}""",
            server.Asked[^1].ToJsonString());
        await Ok("flows", "--count-by", "reason");
        Assert.Equal("""{"groupBy":["reason"],"aggregates":["count()","sum(connections)"],"orderBy":["-count()"]}""", server.Asked[^1].ToJsonString());
        await Ok("flows", "--group-by", "node", "--aggregate", "p99(rtt),sum(bytes)", "--bucket", "1m", "--order-by", "bucket,-sum(bytes)");
        Assert.Equal(
            """{"bucket":"1m","groupBy":["node"],"aggregates":["p99(rtt)","sum(bytes)"],"orderBy":["bucket","-sum(bytes)"]}""",
            server.Asked[^1].ToJsonString());
    }

    [Theory]
    [InlineData("--top bytes --group-by node", "--top and --group-by do not go together")]
    [InlineData("--by node", "--by says what the groups of --top are")]
    [InlineData("--fields time --count-by node", "--fields is about single records")]
    [InlineData("--follow --until 1m", "--follow has no end")]
    [InlineData("--follow --limit 5", "--follow has no end: leave out --limit")]
    [InlineData("--follow -o csv", "--follow does not go with -o csv")]
    [InlineData("--limit none", "--limit none: must be a whole number")]
    [InlineData("--observer nobody", "nobody")]
    [InlineData("-o name", "--output name: must be one of table, wide, json, yaml, csv, ndjson, arrow")]
    [InlineData("nonsense", "'nonsense' is not a command of 'weft flows'")]
    public async Task Options_that_do_not_go_together_are_refused_before_anything_is_asked(string options, string text)
    {
        var run = await server.RunAsync(["flows", .. options.Split(' ')]);
        Assert.Contains(text, run.Error);
        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task Formats_of_flows_are_not_those_of_other_commands()
    {
        var run = await server.RunAsync("network", "list", "-o", "csv");
        Assert.Contains("--output csv: must be one of table, wide, json, yaml, name", run.Error);
        run = await server.RunAsync("-o", "csv", "network", "list");
        Assert.Equal(ExitCodes.Usage, run.ExitCode);
    }

    [Fact]
    public async Task Json_is_one_array_and_yaml_a_document_for_each_row()
    {
        server.Rows = [Denied, Allowed];
        Assert.Equal(2, JsonNode.Parse((await Ok("flows", "-o", "json")).Out)!.AsArray().Count);
        Assert.Equal($"{Allowed}\n{Denied}\n", (await Ok("flows", "-o", "ndjson")).Out);
        var yaml = (await Ok("flows", "-o", "yaml")).Out;
        Assert.Equal(2, yaml.Split("---\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("source.name: web1\n", yaml);
        server.Rows = [];
        Assert.Empty(JsonNode.Parse((await Ok("flows", "-o", "json")).Out)!.AsArray());
    }

    [Fact]
    public async Task Csv_and_arrow_are_what_the_server_writes_to_the_byte()
    {
        server.Rows = ["a,b", "1,\"\0\"\"x\""];
        foreach (var format in (string[])["csv", "arrow"])
        {
            var bytes = new MemoryStream();
            var code = await RunAsync(Terminal(bytes), "flows", "-o", format);
            Assert.Equal(ExitCodes.Ok, code);
            Assert.Equal("a,b\n1,\"\0\"\"x\"\n", Encoding.UTF8.GetString(bytes.ToArray()));
        }
        Assert.Equal(ExitCodes.Usage, await RunAsync(Terminal(new(), isTerminal: true), "flows", "-o", "arrow"));
    }

    [Fact]
    public async Task Groups_have_a_column_for_all_that_was_asked()
    {
        server.Rows = ["""{"bucket":"2026-01-02T03:04:00Z","node":"h1","sum(bytes)":123456789,"p99(rtt)":17.25}"""];
        var lines = (await Ok("flows", "--bucket", "1m", "--group-by", "node", "--aggregate", "sum(bytes),p99(rtt)")).Out.Split('\n');
        Assert.Matches(@"^BUCKET +NODE +SUM\(BYTES\) +P99\(RTT\)$", lines[0]);
        Assert.Matches(@" +h1 +118MiB +17\.25$", lines[1]);
    }

    [Fact]
    public async Task A_fault_in_the_filter_is_shown_under_the_filter()
    {
        server.Problem = (JsonObject)JsonNode.Parse(
            """{"title":"the request cannot be read","faults":[{"path":"where","message":"there is no field 'sourc.name'; did you mean 'source.name'?","offset":1,"length":10}]}""")!;
        var run = await server.RunAsync("flows", "--observer", "exit", "--where", "sourc.name = web1");
        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains("""
              where: there is no field 'sourc.name'; did you mean 'source.name'?
                sourc.name = web1
                ^^^^^^^^^^

            """, run.Error);
        run = await server.RunAsync("flows", "--follow", "--where", "(sourc.name = web1)");
        Assert.Contains("    (sourc.name = web1)\n     ^^^^^^^^^^\n", run.Error);
    }

    [Fact]
    public async Task What_the_server_marks_itself_stays_where_it_is()
    {
        server.Problem = (JsonObject)JsonNode.Parse("""{"title":"no","faults":[{"path":"where","message":"line 1, column 3: no such thing\na ? b\n  ^"}]}""")!;
        var run = await server.RunAsync("flows", "--where", "a ? b");
        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains("  where: line 1, column 3: no such thing\n    a ? b\n      ^\n", run.Error);
    }

    [Fact]
    public async Task A_fault_far_inside_a_long_filter_is_shown_with_what_is_around_it()
    {
        var filter = string.Join(" or ", Enumerable.Range(0, 100).Select(i => $"destination.port = {i}")) + " and ?";
        server.Problem = new() { ["title"] = "no", ["faults"] = new JsonArray(new JsonObject { ["path"] = "where", ["message"] = "no", ["offset"] = filter.Length - 1 }) };
        var run = await server.RunAsync("flows", "--where", filter);
        var lines = run.Error.Split('\n');
        var shown = Array.FindIndex(lines, line => line.Contains('…'));
        Assert.True(lines[shown].Length < 80, lines[shown]);
        Assert.Equal('?', lines[shown][lines[shown + 1].IndexOf('^')]);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_a_failure()
    {
        server.Rows = [Allowed, """{"error":"the store was closed"}"""];
        var run = await server.RunAsync("flows", "-o", "ndjson", "--order-by", "time");
        Assert.Equal(ExitCodes.Failure, run.ExitCode);
        Assert.Contains("the store was closed", run.Error);
        Assert.StartsWith(Allowed, run.Out);
    }

    [Fact]
    public async Task What_is_followed_is_seen_as_it_comes_and_ends_when_one_leaves()
    {
        (server.Rows, server.GoesOn) = ([Allowed], true);
        var output = new WatchedOutput();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var terminal = CliRun.Terminal(output, TextWriter.Null, environment: new Dictionary<string, string> { ["WEFT_SERVER"] = server.Socket });
        var run = WeftCommand.RunAsync(["flows", "-f", "--where", "verdict = denied", "--fields", "time,source.name"], terminal, stop.Token);
        await output.WaitForAsync("web1", Cancel);
        Assert.Equal("?where=verdict = denied&fields=time,source.name&follow=true", server.FollowedQuery);
        await stop.CancelAsync();
        Assert.Equal(ExitCodes.Ok, await run);
        await server.ClientLeft.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    [Fact]
    public async Task Interrupting_a_query_ends_it_at_the_server()
    {
        (server.Rows, server.GoesOn) = ([Allowed], true);
        var output = new WatchedOutput();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var terminal = CliRun.Terminal(output, TextWriter.Null, environment: new Dictionary<string, string> { ["WEFT_SERVER"] = server.Socket });
        var run = WeftCommand.RunAsync(["flows", "-o", "ndjson", "--limit", "100000"], terminal, stop.Token);
        await output.WaitForAsync("web1", Cancel);
        await stop.CancelAsync();
        Assert.Equal(ExitCodes.Interrupted, await run);
        await server.ClientLeft.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    [Theory]
    [InlineData("ndjson")]
    [InlineData("json")]
    [InlineData("table")]
    public async Task Rows_are_not_kept_however_many_there_are(string format)
    {
        const int Count = 200_000;
        server.Rows = Enumerable.Repeat(Allowed, Count);
        var output = new CountingWriter();
        var terminal = CliRun.Terminal(output, TextWriter.Null, environment: new Dictionary<string, string> { ["WEFT_SERVER"] = server.Socket });
        Assert.Equal(ExitCodes.Ok, await WeftCommand.RunAsync(["flows", "-o", format, "--limit", "1000000"], terminal, Cancel));
        Assert.InRange(output.Lines, Count, Count + 2);
        Assert.True(output.MostBytes < 100L << 20, $"{output.MostBytes >> 20} MiB are held after a collection");
    }

    static Task<int> RunAsync(Terminal terminal, params string[] words) => WeftCommand.RunAsync(words, terminal, Cancel);

    Terminal Terminal(MemoryStream bytes, bool isTerminal = false) => new()
    {
        Out = new StreamWriter(bytes),
        OutBytes = () => bytes,
        OutIsTerminal = isTerminal,
        Error = TextWriter.Null,
        In = TextReader.Null,
        Environment = name => name == "WEFT_SERVER" ? server.Socket : null,
    };

    /// <summary>Looks a few times at what this process holds more than at the start; the server's side is in it.</summary>
    sealed class CountingWriter : TextWriter
    {
        readonly long _before = GC.GetTotalMemory(forceFullCollection: true);

        public override Encoding Encoding => Encoding.UTF8;

        public int Lines { get; private set; }

        public long MostBytes { get; private set; }

        public override void Write(char value)
        {
            if (value == '\n' && ++Lines % 50_000 == 0)
                MostBytes = Math.Max(MostBytes, GC.GetTotalMemory(forceFullCollection: true) - _before);
        }
    }
}
