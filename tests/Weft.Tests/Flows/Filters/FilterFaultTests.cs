using Weft.Analytics.Filters;

namespace Weft.Tests.Flows.Filters;

public sealed class FilterFaultTests
{
    [Theory]
    [InlineData("source.netwrk = x", 1, 1, "there is no field 'source.netwrk'; do you mean source.network?")]
    [InlineData("verdict = denied and\n  sourc.port = 1", 2, 3, "do you mean source.port?")]
    [InlineData("bytez = 1", 1, 1, "do you mean bytes?")]
    [InlineData("any.prt = 1", 1, 1, "any.port")]
    [InlineData("verdict = allow", 1, 11, "'allow' is not one of allowed, denied; do you mean allowed?")]
    [InlineData("protocol = tpc", 1, 12, "'tpc' is not a protocol such as tcp, udp or icmp, or a number from 0 to 255; do you mean tcp?")]
    [InlineData("source.address in 10.0.0.1/8", 1, 19, "host bits are set in '10.0.0.1/8': the prefix would be 10.0.0.0/8")]
    [InlineData("source.address = 10.0.0", 1, 18, "is not an address")]
    [InlineData("destination.port = 70000", 1, 20, "'70000' is not between 0 and 65535")]
    [InlineData("destination.port in (1, 9-2)", 1, 25, "'9-2' ends before it begins")]
    [InlineData("destination.port = http", 1, 20, "'http' is not a number")]
    [InlineData("bytes > 1.5XB", 1, 9, "is not an amount such as 1500, 10kB")]
    [InlineData("rtt > 5 ms", 1, 9, "'ms' does not fit here")]
    [InlineData("rtt > 0.5us", 1, 7, "is not a duration")]
    [InlineData("time > yesterday", 1, 8, "is not a time such as")]
    [InlineData("flow = xyz", 1, 8, "hexadecimal")]
    [InlineData("tcp.flags contains syn+sin", 1, 20, "is not a set of flags")]
    [InlineData("lumped = maybe", 1, 10, "true or false")]
    [InlineData("source.port ~ 1", 1, 13, "'~' does not fit source.port, which is a number: use =, !=, <, <=, >, >=, in")]
    [InlineData("verdict < denied", 1, 9, "which is one of allowed, denied: use =, !=, in")]
    [InlineData("source.labels = x", 1, 15, "are many: name one of them, such as source.labels.app")]
    [InlineData("source.name ~ '(a'", 1, 15, "is no regular expression")]
    [InlineData("source.name ~ '(?=a)'", 1, 15, "is not understood in regular expressions")]
    [InlineData("source.name ~ '(a)\\\\1'", 1, 15, "'\\1' is not understood")]
    [InlineData("source.name ~ 'a{1,5000}'", 1, 15, "at most 100 repeats")]
    [InlineData("source.name = 'a", 1, 15, "a text that begins here has no quote at its end")]
    [InlineData("source.name = 'a\\q'", 1, 15, "has a \\ that means nothing")]
    [InlineData("verdict = denied && bytes > 1", 1, 18, "'&&' has no meaning here; write 'and'")]
    [InlineData("source.name = a%", 1, 16, "put texts with such characters in quotes")]
    [InlineData("verdict", 1, 8, "the filter ends too early")]
    [InlineData("verdict = ", 1, 11, "a value is expected")]
    [InlineData("verdict = denied and", 1, 21, "the filter ends too early")]
    [InlineData("verdict denied", 1, 9, "'denied' does not fit here; '=', '!=',")]
    [InlineData("(verdict = denied", 1, 18, "')'")]
    [InlineData("verdict = denied)", 1, 17, "')' does not fit here; 'and', 'or' or the end is expected")]
    [InlineData("verdict = denied bytes > 1", 1, 18, "'bytes' does not fit here; 'and', 'or'")]
    [InlineData("destination.port in ()", 1, 22, "')' does not fit here")]
    [InlineData("source.name starts we", 1, 20, "'with' is expected")]
    public void It_says_where_and_what_would_fit(string text, int line, int column, string message)
    {
        var fault = Assert.Single(Faults(text));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (fault.Line, fault.Column));
    }

    [Fact]
    public void All_faults_of_names_and_values_are_told_at_once()
    {
        var faults = Faults("sorce.name = x or any.address in (10.0.0, 10.0.0.0/8, 1.2.3.4.5)\nand protocol = tpc and bytes ~ 5");
        Assert.Equal([0, 34, 54, 80, 94], faults.Select(fault => fault.Offset));
    }

    [Fact]
    public void All_characters_without_meaning_are_told_at_once() =>
        Assert.Equal([0, 13, 19], Faults("# verdict = a@ and $").Select(fault => fault.Offset));

    [Fact]
    public void The_place_is_marked_in_its_line()
    {
        var fault = Assert.Single(Faults("verdict = denied\nand protcol = tcp"));
        Assert.Equal("and protcol = tcp\n    ^^^^^^^", fault.Marked);
        Assert.Equal(21, fault.Offset);
        Assert.Contains("line 2, column 5: there is no field 'protcol'", Message("verdict = denied\nand protcol = tcp"), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_long_line_only_what_is_near_is_shown()
    {
        var fault = Assert.Single(Faults($"source.name in ({string.Join(", ", Enumerable.Range(0, 100).Select(i => $"name-{i}"))}) and x = 1"));
        Assert.True(fault.Marked.Split('\n')[0].Length < 150, fault.Marked);
        Assert.StartsWith("…", fault.Marked, StringComparison.Ordinal);
        Assert.Equal('x', fault.Marked[fault.Marked.Split('\n')[1].IndexOf('^', StringComparison.Ordinal)]);
    }

    [Fact]
    public void Depth_length_and_number_of_values_have_limits()
    {
        Assert.Contains("32 parentheses", Message(new string('(', 5000) + "verdict = denied" + new string(')', 3000)), StringComparison.Ordinal);
        Assert.Contains("32 parentheses", Message(string.Concat(Enumerable.Repeat("not ", 1500)) + "verdict = denied"), StringComparison.Ordinal);
        Assert.Contains("32 parentheses", Message(string.Concat(Enumerable.Repeat("not (", 1000))), StringComparison.Ordinal);
        Assert.Contains("at most 8192 characters", Message(new string('x', 10_000)), StringComparison.Ordinal);
        Assert.Contains("at most 512 values", Message($"rule in ({string.Join(",", Enumerable.Range(0, 600))})"), StringComparison.Ordinal);
        Assert.Contains("at most 256 characters", Message($"source.name ~ '{new string('a', 300)}'"), StringComparison.Ordinal);
        Assert.NotEmpty(FlowFilter.Parse($"rule in ({string.Join(",", Enumerable.Range(0, 500).Select(i => i * 2))})", RandomFlows.Now).ToString());
    }

    static IReadOnlyList<FilterFault> Faults(string text) =>
        Assert.Throws<FilterException>(() => FlowFilter.Parse(text, RandomFlows.Now)).Faults;

    static string Message(string text) => Assert.Throws<FilterException>(() => FlowFilter.Parse(text, RandomFlows.Now)).Message;
}
