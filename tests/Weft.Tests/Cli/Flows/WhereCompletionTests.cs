using Weft.Cli.Flows;

namespace Weft.Tests.Cli.Flows;

/// <summary>Completion of what is within the quotes of a filter, and of lists of fields.</summary>
public sealed class WhereCompletionTests : IAsyncLifetime
{
    FlowServer server = null!;

    public async ValueTask InitializeAsync() => server = await FlowServer.StartAsync();

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    public static TheoryData<string, string[]> Lines => new()
    {
        { "flows --where 'sour", ["source.address", "source.name", "source.network"] },
        { "flows --where sour", ["source.address", "source.name", "source.network"] },
        { "flows --where='verd", ["--where=verdict =", "--where=verdict !=", "--where=verdict in", "--where=verdict not in"] },
        { "flows --where 'verdict ", ["verdict !=", "verdict =", "verdict in", "verdict not in"] },
        { "flows --where 'verdict = ", ["verdict = allowed", "verdict = denied"] },
        { "flows --where 'verdict = d", ["verdict = denied"] },
        { "flows --where \"source.network = front", ["source.network = frontend"] },
        { "flows --where 'source.network in (frontend, b", ["source.network in (frontend, backend"] },
        { "flows --where 'source.name = \"has", ["source.name = \"has blank\""] },
        { "flows --where \"source.name = has", [] },
        { "flows --where 'verdict = denied a", ["verdict = denied and"] },
        { "flows --where 'not (any.net", ["not (any.network !=", "not (any.network !~", "not (any.network =", "not (any.network contains", "not (any.network in", "not (any.network not in", "not (any.network starts with", "not (any.network ~"] },
        { "flows --where 'any.network = fr", ["any.network = frontend"] },
        { "top --where 'source.network = front", ["source.network = frontend"] },
        { "flows --fields time,source.na", ["time,source.name"] },
        { "flows --by source.na", ["source.name"] },
        { "flows --top by", ["bytes"] },
        { "flows --aggregate sum(by", ["sum(bytes)"] },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Each_suggestion_is_what_was_typed_with_one_more_word(string line, string[] expected)
    {
        server.Values["source.network"] = ["frontend", "backend"];
        server.Values["source.name"] = ["has blank"];
        var text = "weft " + line;
        // Who presses Tab does not wait for a slow server: then there is nothing to suggest, and one presses again.
        var deadline = Environment.TickCount64 + 30_000;
        string[] found;
        do
            found = [.. (await server.RunAsync($"[suggest:{text.Length}]", text)).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
        while (found.Length == 0 && expected.Length > 0 && Environment.TickCount64 < deadline);
        Assert.Equal(expected.Order(StringComparer.Ordinal), found);
    }

    [Fact]
    public async Task Nothing_is_suggested_when_no_server_answers()
    {
        const string Line = "weft flows --where 'sour";
        var run = await CliRun.OfAsync([$"[suggest:{Line.Length}]", Line], cancel: TestContext.Current.CancellationToken);
        Assert.Equal((0, "", ""), (run.ExitCode, run.Out, run.Error));
    }

    [Theory]
    [InlineData("", "Field", "", "")]
    [InlineData("a", "Field", "a", "")]
    [InlineData("a ", "Operator", "", "a")]
    [InlineData("a=", "Value", "", "a")]
    [InlineData("a >= 1", "Value", "1", "a")]
    [InlineData("a starts wi", "Operator", "wi", "a")]
    [InlineData("a starts with x", "Value", "x", "a")]
    [InlineData("a not in (1, 2", "Value", "2", "a")]
    [InlineData("a in (1) ", "Connective", "", "")]
    [InlineData("(a = 1 or b = \"x y\") and c", "Field", "c", "")]
    [InlineData("a = \"x y", "Value", "\"x y", "a")]
    public void The_place_in_a_filter_is_found(string text, string part, string word, string field)
    {
        var cursor = FilterCursor.Of(text);
        Assert.Equal((part, word, field, text), (cursor.Part.ToString(), cursor.Word, cursor.Field, cursor.Head + cursor.Word));
    }
}
