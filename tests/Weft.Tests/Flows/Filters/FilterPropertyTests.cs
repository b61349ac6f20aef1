using CsCheck;
using Weft.Analytics.Filters;
using Weft.Flows;

namespace Weft.Tests.Flows.Filters;

public sealed class FilterPropertyTests
{
    static readonly Gen<FlowFilter> s_filter = RandomFilters.Of(FlowSchema.Fields);

    [Fact]
    public void What_is_printed_is_read_as_the_same_filter() => s_filter.Sample(filter =>
    {
        var text = filter.ToString();
        Assert.Equal(filter, FlowFilter.Parse(text, RandomFlows.Now));
        Assert.Equal(text, FlowFilter.Parse(text, RandomFlows.Now).ToString());
    }, iter: 5000);

    [Fact]
    public void Any_text_is_a_filter_or_refused_with_places_that_lie_within_it() => s_text.Sample(text =>
    {
        try
        {
            FlowFilter.Parse(text, RandomFlows.Now);
        }
        catch (FilterException e)
        {
            Assert.NotEmpty(e.Faults);
            Assert.All(e.Faults, fault => Assert.InRange(fault.Offset, 0, text.Length));
            Assert.All(e.Faults, fault => Assert.InRange(fault.Offset + fault.Length, 0, text.Length));
        }
    }, iter: 20_000);

    [Fact]
    public void A_filter_with_some_characters_changed_is_a_filter_or_refused() =>
        Gen.Select(s_filter, Gen.Int[0, 10_000], Gen.OneOf<char>((Gen<char>)Gen.Char, Gen.OneOf([.. "()\"'\\<>=!~,-. "])), Gen.Bool).Sample((filter, at, c, isInserted) =>
        {
            var text = filter.ToString();
            at %= text.Length;
            text = isInserted ? text.Insert(at, c.ToString()) : text.Remove(at, 1).Insert(at, c.ToString());
            try
            {
                _ = FlowFilter.Parse(text, RandomFlows.Now).ToString();
            }
            catch (FilterException e)
            {
                Assert.NotEmpty(e.Faults);
            }
        }, iter: 10_000);

    [Fact]
    public void What_is_read_and_printed_fits_the_same_records() =>
        Gen.Select(s_filter, RandomFlows.Record(TimeSpan.FromHours(1))).Sample((filter, record) =>
            filter.Fits(record) == FlowFilter.Parse(filter.ToString(), RandomFlows.Now).Fits(record), iter: 5000);

    static readonly Gen<string> s_text = Gen.OneOf(
        Gen.String[0, 60],
        Gen.OneOf(
            "and", "or", "not", "in", "(", ")", "=", "!=", "<", "~", "!~", ",", "contains", "starts", "with", "source.address", "any.port", "verdict",
            "time", "10m", "denied", "22", "8000-8100", "10.0.0.0/8", "::/0", "\"a\\\"b\"", "'x'", "\"", "bytes", "10MB", "rtt", "5ms", "tcp.flags",
            "syn+ack", "source.labels.app", "flow", "99999999999999999999999", "-", "..", "a..b", "[", "source.labels", "any.x", "{", "\\")
            .Array[0, 12].Select(words => string.Join(' ', words)));
}
