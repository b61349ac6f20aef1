using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Weft.Cli;
using Weft.Cli.Output;

namespace Weft.Tests.Cli;

public sealed class OutputTests
{
    static string Render(Table table, bool colors = false)
    {
        var text = new StringWriter();
        table.Write(text, colors);
        return text.ToString();
    }

    [Fact]
    public void Columns_are_as_wide_as_what_is_in_them_and_lines_end_without_blanks()
    {
        var table = new Table("NAME", "STATE");
        table.Add("a-long-name", "");
        table.Add("b", "active");
        Assert.Equal("NAME          STATE\na-long-name   -\nb             active\n", Render(table));
    }

    [Fact]
    public void Control_characters_of_others_do_not_reach_the_terminal()
    {
        var table = new Table("NAME");
        table.Add("a\e[2Jb\nc");
        Assert.Equal("NAME\na [2Jb c\n", Render(table));
    }

    [Fact]
    public void Colours_do_not_move_columns()
    {
        var table = new Table("STATE", "NAME");
        table.Add("error", "a");
        table.Add("active", "b");
        var plain = System.Text.RegularExpressions.Regex.Replace(Render(table, colors: true), "\e\\[[0-9]+m", "");
        Assert.Equal("STATE    NAME\nerror    a\nactive   b\n", plain);
    }

    [Theory]
    [InlineData(59, "59s")]
    [InlineData(600, "10m")]
    [InlineData(3 * 3600 + 60, "3h1m")]
    [InlineData(50 * 3600, "2d2h")]
    [InlineData(-5, "0s")]
    public void Ages_are_short(int seconds, string expected)
    {
        var time = new FakeTimeProvider();
        var document = new JsonObject { ["createdAt"] = (time.GetUtcNow() - TimeSpan.FromSeconds(seconds))
            .ToString("o") };
        Assert.Equal(expected, document.Age("createdAt", time));
    }

    [Fact]
    public void A_document_that_lacks_everything_still_has_a_row()
    {
        foreach (var kind in Kinds.All)
            Assert.All(kind.Columns, column => Assert.NotNull(column.Cell([], TimeProvider.System)));
    }

    [Fact]
    public void Fields_of_unexpected_types_are_shown_and_do_no_harm()
    {
        var odd = (JsonObject)JsonNode.Parse(
            """{"name":[1],"subnets":"x","mtu":"big","status":{"drops":[1],"faults":{}},"internal":1,"createdAt":5,"labels":{"a":{"b":null}}}""")!;
        foreach (var kind in Kinds.All)
            Assert.All(kind.Columns, column => Assert.NotNull(column.Cell(odd, TimeProvider.System)));
    }
}
