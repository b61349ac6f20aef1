using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Weft.Cli;
using Weft.Cli.Commands;
using Weft.Cli.Output;
using Weft.Cli.Top;

namespace Weft.Tests.Cli.Flows;

/// <summary><c>weft top</c>: keys to state, rows to lines, and the loop between them, without a terminal.</summary>
public sealed class TopTests
{
    const string Group = """{"source.project":"default","source.network":"frontend","source.name":"web1","source.address":"10.1.0.2","destination.project":"default","destination.network":"management","destination.name":"log","destination.address":"10.3.0.9","verdict":"VERDICT","reason":"REASON","policy":"default/logs","group":"","rule":1,"sum(bytes)":BYTES,"sum(reply.bytes)":1000,"sum(packets)":100,"sum(reply.packets)":50,"sum(connections)":10}""";

    static JsonObject GroupOf(int bytes, string verdict = "allowed", string reason = "", string name = "web1") => (JsonObject)JsonNode.Parse(
        Group.Replace("BYTES", $"{bytes}").Replace("VERDICT", verdict).Replace("REASON", reason).Replace("web1", name))!;

    static ConsoleKeyInfo Key(char letter, ConsoleKey key = ConsoleKey.None) => new(letter, key, false, false, false);

    static TopState Press(TopState state, params ConsoleKeyInfo[] keys) => keys.Aggregate(state, (now, key) => now.Press(key, 100, 10));

    [Fact]
    public void Keys_sort_group_scroll_and_end()
    {
        var state = new TopState();
        Assert.Equal(TopOrder.Packets, Press(state, Key('\0', ConsoleKey.RightArrow)).Order);
        Assert.Equal(TopOrder.Denied, Press(state, Key('\0', ConsoleKey.LeftArrow)).Order);
        Assert.Equal(TopOrder.Connections, Press(state, Key('c')).Order);
        Assert.Equal(TopGrouping.Service, Press(state, Key('g')).Grouping);
        Assert.Equal(TopGrouping.Rule, Press(state, Key('4')).Grouping);
        Assert.Equal(10, Press(state, Key('\0', ConsoleKey.PageDown)).Scroll);
        Assert.Equal(90, Press(state, Key('\0', ConsoleKey.End)).Scroll);
        Assert.Equal(0, Press(state, Key('\0', ConsoleKey.UpArrow)).Scroll);
        Assert.Equal(20, Press(state, Key('+')).Window.TotalSeconds);
        Assert.Equal(5, Press(state, Key('-'), Key('-')).Window.TotalSeconds);
        Assert.True(Press(state, Key(' ')).Paused);
        Assert.True(Press(state, Key('q')).Quit);
        Assert.True(Press(state, Key('\0', ConsoleKey.Escape)).Quit);
        Assert.Equal(0, Press(state, Key('\0', ConsoleKey.PageDown), Key('b')).Scroll);
    }

    [Fact]
    public void A_filter_is_typed_and_taken_or_left()
    {
        var typing = Press(new(), Key('/'), Key('q'), Key(' '), Key('x'), Key('\b', ConsoleKey.Backspace));
        Assert.Equal(("q ", "", false), (typing.Typed, typing.Filter, typing.Quit));
        Assert.Equal((null, "q"), (Press(typing, Key('\r', ConsoleKey.Enter)).Typed, Press(typing, Key('\r', ConsoleKey.Enter)).Filter));
        Assert.Equal((null, ""), (Press(typing, Key('\e', ConsoleKey.Escape)).Typed, Press(typing, Key('\e', ConsoleKey.Escape)).Filter));
    }

    [Fact]
    public void Rows_are_rates_ordered_by_what_was_chosen()
    {
        var state = new TopState { Window = TimeSpan.FromSeconds(10) };
        JsonObject[] groups = [GroupOf(1000, name: "small"), GroupOf(90_000, name: "large"), GroupOf(10, "denied", "policy-denied", "evil"), GroupOf(500, name: "small")];
        var rows = TopRow.Of(state, groups, null);
        Assert.Equal(["frontend/large", "frontend/small", "frontend/evil"], rows.Select(row => row.From));
        Assert.Equal((9000, 100, 10, 5, 1), (rows[0].BytesOut, rows[0].BytesIn, rows[0].PacketsOut, rows[0].PacketsIn, rows[0].Connections));
        Assert.Equal(150, rows[1].BytesOut);
        Assert.Equal("frontend/evil", TopRow.Of(state with { Order = TopOrder.Denied }, groups, null)[0].From);
        Assert.Equal("policy-denied: default/logs rule 1", rows[2].Why);
    }

    [Theory]
    [InlineData(40, 8)]
    [InlineData(80, 24)]
    [InlineData(200, 50)]
    public void The_screen_is_filled_to_its_size_and_no_further(int width, int height)
    {
        var state = new TopState { Filter = new string('x', 300) };
        var rows = TopRow.Of(state, Enumerable.Range(0, 100).Select(i => GroupOf(i, i % 2 == 0 ? "denied" : "allowed", "policy-denied", $"web{i}\\u001b[2J")), null);
        foreach (var colors in (bool[])[false, true])
        {
            var lines = TopScreen.Lines(new(state, rows, "a message"), width, height, colors).Select(WithoutColors).ToList();
            Assert.Equal(height, lines.Count);
            Assert.All(lines, line => Assert.True(line.Length <= width, line));
            Assert.DoesNotContain(lines, line => line.Contains('\e'));
        }
    }

    [Fact]
    public void What_is_denied_is_marked_and_says_why()
    {
        var state = new TopState();
        var rows = TopRow.Of(state, [GroupOf(1, "denied", "policy-denied")], null);
        var line = TopScreen.Lines(new(state, rows, ""), 120, 10, colors: true)[3];
        Assert.StartsWith("\e[31m", line);
        Assert.Matches("frontend/web1 +management/log +DENIED 10/s  policy-denied: default/logs rule 1", WithoutColors(line));
    }

    [Fact]
    public async Task The_loop_asks_draws_obeys_and_leaves_the_terminal_as_it_was()
    {
        await using var server = await FlowServer.StartAsync();
        server.Rows = [GroupOf(90_000).ToJsonString()];
        var screen = new FakeScreen();
        var output = new WatchedOutput();
        var run = WeftCommand.RunAsync(["top", "--interval", "1"], Terminal(server, output, screen), TestContext.Current.CancellationToken);
        await output.WaitForAsync("frontend/web1", TestContext.Current.CancellationToken);
        screen.Keys.Enqueue(Key('4'));
        await output.WaitForAsync("by rule", TestContext.Current.CancellationToken);
        foreach (var letter in "/verdict = denied\r")
            screen.Keys.Enqueue(letter == '\r' ? Key(letter, ConsoleKey.Enter) : Key(letter));
        await output.WaitForAsync("where verdict = denied", TestContext.Current.CancellationToken);
        screen.Keys.Enqueue(Key('q'));
        Assert.Equal(ExitCodes.Ok, await run);
        await output.WaitForAsync("\e[?1049l", TestContext.Current.CancellationToken);
        Assert.Contains(server.Asked, asked => (string?)asked["where"] == "verdict = denied" && (string?)asked["groupBy"]![0] == "verdict");
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_a_message_and_no_end()
    {
        var screen = new FakeScreen();
        var output = new WatchedOutput();
        var run = WeftCommand.RunAsync(["top"], Terminal(null, output, screen), TestContext.Current.CancellationToken);
        await output.WaitForAsync("cannot reach the server", TestContext.Current.CancellationToken);
        screen.Keys.Enqueue(Key('q'));
        Assert.Equal(ExitCodes.Ok, await run);
    }

    [Fact]
    public async Task Without_a_terminal_it_is_a_table_or_a_document()
    {
        await using var server = await FlowServer.StartAsync();
        server.Rows = [GroupOf(90_000).ToJsonString(), GroupOf(1, "denied", "policy-denied", "evil").ToJsonString()];
        var table = (await server.RunAsync("top")).Out.Split('\n');
        Assert.Matches("^frontend/web1 +management/log +72kbit/s +800bit/s +10 +5 +1 +allowed", table[1]);
        Assert.Matches("^frontend/evil .* denied +policy-denied: default/logs rule 1$", table[2]);
        var rows = JsonNode.Parse((await server.RunAsync("top", "--once", "-o", "json")).Out)!.AsArray();
        Assert.Equal(9000, (double)rows[0]!["bytesPerSecond"]!);
    }

    static string WithoutColors(string line) => Regex.Replace(line, "\e\\[[0-9]+m", "");

    static Terminal Terminal(FlowServer? server, TextWriter output, IScreen screen) => new()
    {
        Out = output,
        OutIsTerminal = true,
        Screen = screen,
        Error = TextWriter.Null,
        In = TextReader.Null,
        Environment = name => name == "WEFT_SERVER" ? server?.Socket ?? CliRun.NoSocket : null,
    };

    sealed class FakeScreen : IScreen
    {
        public System.Collections.Concurrent.ConcurrentQueue<ConsoleKeyInfo> Keys { get; } = new();

        public (int Width, int Height) Size => (100, 20);

        public async Task<ConsoleKeyInfo?> ReadKeyAsync(TimeSpan patience, CancellationToken cancel)
        {
            for (var left = 50; left > 0; left--)
            {
                if (Keys.TryDequeue(out var key))
                    return key;
                await Task.Delay(10, cancel);
            }
            return null;
        }
    }
}
