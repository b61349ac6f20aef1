using System.Net;
using Weft.Analytics.Fields;
using Weft.Analytics.Filters;
using Weft.Flows;

namespace Weft.Tests.Flows.Filters;

public sealed class FilterReadingTests
{
    static readonly FlowRecord s_record = Sample();

    [Theory]
    [InlineData("")]
    [InlineData("source.network = frontend")]
    [InlineData("source.network = \"frontend\" and verdict = denied and not (destination.port in (22, 8000-8100) or source.address in 192.0.2.0/24)")]
    [InlineData("SOURCE.NETWORK = frontend AND Verdict = DENIED")]
    [InlineData("source.network == 'frontend'")]
    [InlineData("source.address = 10.1.0.0/16")]
    [InlineData("source.address in (10.9.9.9, 10.1.0.1-10.1.0.9)")]
    [InlineData("source.address in 0.0.0.0/0 and not source.address in ::/0")]
    [InlineData("destination.address in fd00:1::/64")]
    [InlineData("any.address = fd00:1::5")]
    [InlineData("any.port = 443 and any.port != 22")]
    [InlineData("protocol = tcp and protocol = 6 and protocol in (udp, TCP)")]
    [InlineData("source.labels.app = web and source.labels.missing = ''")]
    [InlineData("any.labels.app ~ '^w.b$' and source.labels.com.example/tier != front")]
    [InlineData("bytes > 1kB and bytes >= 2048 and bytes <= 2KiB and bytes in 1kB..3kB")]
    [InlineData("rtt < 5ms and rtt = 1.5ms and rtt >= 1500")]
    [InlineData("clock.offset < 0 and clock.offset = -5 and clock.offset in -10..-1 and clock.offset = -5ms")]
    [InlineData("time > 10m and time <= now and start in 2026-03-14..2026-03-15")]
    [InlineData("time = 2026-03-14T16:04:26+01:00")]
    [InlineData("tcp.flags contains syn and tcp.flags = ack+SYN and reply.tcp.flags = none")]
    [InlineData("flow = 0x2a and flow = 000000000000002a")]
    [InlineData("lumped = false and lumped != true")]
    [InlineData("translated.source.address = none and translated.source.address = \"\"")]
    [InlineData("source.name starts with we and source.name contains b-1 and source.name not contains x and source.name !~ '^db'")]
    [InlineData("event in (opened, whole)")]
    [InlineData("not not verdict = denied")]
    public void It_fits_a_record(string text) => Assert.True(Parse(text).Fits(s_record));

    [Theory]
    [InlineData("source.network = Frontend")]
    [InlineData("source.port < 0")]
    [InlineData("any.port = 444")]
    [InlineData("any.port != 443")]
    [InlineData("source.network = frontend and verdict = allowed or source.name = db")]
    [InlineData("source.labels.app in (db, web2)")]
    [InlineData("source.labels.app starts with eb")]
    [InlineData("time < 10m")]
    [InlineData("tcp.flags contains syn+fin")]
    [InlineData("source.address in ::/0")]
    [InlineData("destination.port not in (400-500)")]
    public void It_does_not_fit_it(string text) => Assert.False(Parse(text).Fits(s_record));

    [Theory]
    [InlineData("verdict = denied or source.name = db and bytes > 1kB", "verdict = denied or source.name = db and bytes >= 1001")]
    [InlineData("(verdict = denied)", "verdict = denied")]
    [InlineData("destination.port in (1, 2, 3, 5)", "destination.port in (1-3, 5)")]
    [InlineData("any.port = 22", "source.port = 22 or destination.port = 22")]
    [InlineData("source.address = 10.1.0.5/32", "source.address = 10.1.0.5")]
    [InlineData("source.name = 'a \"b\"'", "source.name = \"a \\\"b\\\"\"")]
    [InlineData("source.name = 'not'", "source.name = \"not\"")]
    [InlineData("time > 10m", "time >= 2026-03-14T14:59:26.000001Z")]
    [InlineData("flow=2A", "flow = 000000000000002a")]
    public void It_is_printed_in_one_way(string text, string printed) => Assert.Equal(printed, Parse(text).ToString());

    [Fact]
    public void It_names_the_fields_that_it_asks_for() =>
        Assert.Equal(["bytes", "destination.name", "source.name"], Parse("any.name = x and not bytes > 3").Fields.Select(field => field.Name).Order());

    static FlowFilter Parse(string text) => FlowFilter.Parse(text, RandomFlows.Now);

    static FlowRecord Sample()
    {
        var record = new FlowRecord
        {
            Time = FlowTime.Of(RandomFlows.Now.AddMinutes(-5)),
            Start = FlowTime.Of(RandomFlows.Now.AddMinutes(-6)),
            Flow = 42,
            Event = FlowEvent.Opened,
            Protocol = 6,
            Verdict = FlowVerdict.Denied,
            ClockOffset = -5,
        };
        record.Source.Address = FlowAddress.Of(IPAddress.Parse("10.1.0.5"));
        record.Source.Network = "frontend";
        record.Source.Name = "web-1";
        record.Source.Port = 40001;
        record.Source.Labels = FlowLabels.Write([new("app", "web")]);
        record.Destination.Address = FlowAddress.Of(IPAddress.Parse("fd00:1::5"));
        record.Destination.Port = 443;
        record.Forward.Bytes = 2048;
        record.Forward.TcpFlags = 0x12;
        record.Forward.Handshake = 1500;
        return record;
    }
}
