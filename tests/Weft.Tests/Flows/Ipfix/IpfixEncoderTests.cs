using Microsoft.Extensions.Time.Testing;
using Weft.Analytics.Ipfix;
using Weft.Flows;

namespace Weft.Tests.Flows.Ipfix;

public sealed class IpfixEncoderTests
{
    const uint Weft = IpfixFormat.ExampleEnterprise, Reverse = 29305;

    readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddSeconds(1_764_158_400));

    [Fact]
    public void A_record_says_what_was_recorded()
    {
        var record = IpfixSamples.Mixed(1)[0];
        record.Rule = 70000;
        record.ClockOffset = -40;
        var read = Assert.Single(Encode(new(), [record]).Records);
        Assert.Equal(7u, read.Domain);
        Assert.Equal("10.1.0.1", read.Address(8).ToString());
        Assert.Equal("10.2.0.1", read.Address(12).ToString());
        Assert.Equal(Numbers(6ul, 40000, 443), Numbers(read.Number(4), read.Number(7), read.Number(11)));
        Assert.Equal(Numbers(record.Forward.Packets, record.Forward.Bytes), Numbers(read.Number(2), read.Number(1)));
        Assert.Equal(Numbers(record.Forward.TotalPackets, record.Forward.TotalBytes), Numbers(read.Number(86), read.Number(85)));
        Assert.Equal(Numbers(record.Reply.Packets, record.Reply.Bytes), Numbers(read.Number(2, Reverse), read.Number(1, Reverse)));
        Assert.Equal(Numbers(record.Reply.TotalPackets, record.Reply.TotalBytes), Numbers(read.Number(86, Reverse), read.Number(85, Reverse)));
        Assert.Equal((ulong)record.Start / 1000, read.Number(152));
        Assert.Equal((ulong)record.Last / 1000, read.Number(153));
        Assert.Equal((ulong)(record.Time / 1_000_000) + 2_208_988_800, read.Number(324) >> 32);
        Assert.Equal("198.51.100.9", read.Address(225).ToString());
        Assert.Equal("10.2.0.1", read.Address(226).ToString());
        Assert.Equal(Numbers(40000ul, 443), Numbers(read.Number(227), read.Number(228)));
        Assert.Equal((1ul << 56) | 4097, read.Number(351));
        Assert.Equal(Numbers(64ul, 1, 2), Numbers(read.Number(89), read.Number(233), read.Number(136)));
        Assert.Equal("app=shop,tier=front", read.Text(7, Weft));
        Assert.Equal("shop/front-to-back", read.Text(22, Weft));
        Assert.Equal(Numbers(70000ul, uint.MaxValue - 39), Numbers(read.Number(24, Weft), read.Number(27, Weft)));
        Assert.Equal(Numbers(1ul, 350, 350, 2), Numbers(read.Number(17, Weft), read.Number(19, Weft), read.Number(20, Weft), read.Number(25, Weft)));
    }

    [Fact]
    public void Elements_that_say_nothing_are_not_sent()
    {
        var denied = Encode(new(), [IpfixSamples.Mixed(13)[12]]).Records.Single();
        Assert.False(denied.Has(2, Reverse));
        Assert.False(denied.Has(225));
        Assert.Equal(Numbers(128ul, 3), Numbers(denied.Number(89), denied.Number(233)));
        Assert.Equal("policy", denied.Text(21, Weft));
        var ping = Encode(new(), [IpfixSamples.Mixed(3)[2]]).Records.Single();
        Assert.False(ping.Has(7));
        Assert.Equal(Numbers(8ul << 8, 40002), Numbers(ping.Number(32), ping.Number(28, Weft)));
        var six = Encode(new(), [IpfixSamples.Mixed(2)[1]]).Records.Single();
        Assert.False(six.Has(8));
        Assert.Equal("2001:db8:1::2", six.Address(27).ToString());
    }

    [Fact]
    public void Without_biflows_answers_are_records_of_their_own()
    {
        var record = IpfixSamples.Mixed(1)[0];
        var read = Encode(new() { Biflows = false }, [record]).Records;
        Assert.Equal(2, read.Count);
        Assert.All(read, way => Assert.False(way.Has(2, Reverse)));
        Assert.Equal("10.2.0.1", read[1].Address(8).ToString());
        Assert.Equal(Numbers(443ul, 40000, record.Reply.Packets, record.Reply.Bytes), Numbers(read[1].Number(7), read[1].Number(11), read[1].Number(2), read[1].Number(1)));
        Assert.Equal([1ul, 2], read.Select(way => way.Number(239)));
        Assert.Equal([1ul, 0], read.Select(way => way.Number(17, Weft)));
        Assert.Equal("back-0", read[1].Text(6, Weft));
        var ping = Encode(new() { Biflows = false }, [IpfixSamples.Mixed(3)[2]]).Records[1];
        Assert.Equal(Numbers(0ul, 40002), Numbers(ping.Number(32), ping.Number(28, Weft)));
    }

    [Fact]
    public void A_connection_is_told_once_unless_all_observers_are_asked_for()
    {
        var entry = IpfixSamples.Mixed(1)[0];
        var exit = IpfixSamples.Mixed(1)[0];
        exit.Observer = FlowObserver.Exit;
        var denied = IpfixSamples.Mixed(13)[12];
        denied.Observer = FlowObserver.Exit;
        Assert.Equal(2, Encode(new(), [entry, exit, denied]).Records.Count);
        Assert.Equal([0ul, 1, 1], Encode(new() { AllObservers = true }, [entry, exit, denied]).Records.Select(read => read.Number(61)));
    }

    [Fact]
    public void Without_an_enterprise_number_all_elements_are_registered_ones()
    {
        var read = Encode(new() { Enterprise = 0 }, IpfixSamples.Mixed(100));
        Assert.Equal(100, read.Records.Count);
        Assert.All(read.Records, record => Assert.All(record.Values.Keys, id => Assert.True(id.Enterprise is 0 or Reverse)));
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(1452)]
    [InlineData(65535)]
    public void Messages_are_as_long_as_they_may_be_and_hold_every_record_once(int length)
    {
        var records = IpfixSamples.Mixed(3000);
        var encoder = new IpfixEncoder(new() { MessageLength = length }, _time);
        var (reader, longest, packets) = (new IpfixReader(), 0, 0ul);
        foreach (var packet in encoder.Encode(7, IpfixSamples.Batch(records)))
        {
            longest = Math.Max(longest, packet.Bytes.Length);
            packets += packet.Packets;
            reader.Read(packet.Bytes.Span);
        }
        Assert.InRange(longest, length * 3 / 4, length);
        Assert.Equal(records.Select(record => record.Flow), reader.Records.Select(record => record.Number(148)));
        Assert.Equal(records.Aggregate(0ul, (sum, record) => sum + record.Forward.Packets + record.Reply.Packets), packets);
        Assert.Equal(reader.Told.Count, reader.Told.Distinct().Count());
    }

    [Fact]
    public void A_record_that_is_too_long_loses_its_labels_first()
    {
        var records = IpfixSamples.Mixed(3);
        records[1].Source.Labels = FlowLabels.Write([new("note", new string('x', 3000))]);
        records[2].Source.Name = new string('é', 1000);
        var encoder = new IpfixEncoder(new() { MessageLength = 1452 }, _time);
        var read = Read(encoder, records);
        Assert.Equal(3, read.Records.Count);
        Assert.Equal(["app=shop,tier=front", "", ""], read.Records.Select(record => record.Text(7, Weft)));
        Assert.Equal("front-1", read.Records[1].Text(6, Weft));
        Assert.Equal(new string('é', 32), read.Records[2].Text(6, Weft));
        Assert.Equal(2, encoder.Trimmed);
    }

    [Fact]
    public void Templates_are_told_again_when_they_are_old_and_in_a_new_session()
    {
        var encoder = new IpfixEncoder(new() { TemplateAge = TimeSpan.FromMinutes(1) }, _time);
        var records = IpfixSamples.Mixed(1);
        Assert.Single(Read(encoder, records).Told);
        var reader = new IpfixReader();
        encoder.Restart();
        foreach (var (wait, told) in new[] { (0, 1), (59, 1), (1, 2), (59, 2), (60, 3) })
        {
            _time.Advance(TimeSpan.FromSeconds(wait));
            foreach (var packet in encoder.Encode(7, IpfixSamples.Batch(records)))
                reader.Read(packet.Bytes.Span);
            Assert.Equal(told, reader.Told.Count);
        }
        Assert.Equal((uint)_time.GetUtcNow().ToUnixTimeSeconds(), reader.ExportTime);
    }

    [Fact]
    public void A_session_that_begins_between_two_messages_has_its_templates()
    {
        var encoder = new IpfixEncoder(new() { MessageLength = 1452 }, _time);
        var readers = new List<IpfixReader> { new() };
        foreach (var packet in encoder.Encode(7, IpfixSamples.Batch(IpfixSamples.Mixed(500))))
        {
            readers[^1].Read(packet.Bytes.Span);
            encoder.Restart();
            readers.Add(new());
        }
        Assert.Equal(500, readers.Sum(reader => reader.Records.Count));
    }

    [Fact]
    public void Each_node_is_a_domain_with_its_own_numbers_and_templates()
    {
        var (encoder, reader) = (new IpfixEncoder(new(), _time), new IpfixReader());
        foreach (var domain in new uint[] { 1, 2, 1, 2 })
        {
            foreach (var packet in encoder.Encode(domain, IpfixSamples.Batch(IpfixSamples.Mixed(50))))
                reader.Read(packet.Bytes.Span);
        }
        Assert.Equal([100, 100], reader.Records.CountBy(record => record.Domain).Select(pair => pair.Value));
    }

    [Fact]
    public void Collectors_are_told_of_our_elements_and_of_what_they_did_not_get()
    {
        var (encoder, reader) = (new IpfixEncoder(new() { MessageLength = 1452 }, _time), new IpfixReader());
        foreach (var packet in encoder.Describe([new(7, "one"), new(8, "two")], new(10, 1000, 200_000, 3, 40, 5000)))
            reader.Read(packet.Bytes.Span);
        Assert.All(reader.Options, option => Assert.Equal(0u, option.Domain));
        var statistics = Assert.Single(reader.Options, option => option.Has(165));
        Assert.Equal([10ul, 1000, 200_000, 3, 40, 5000], new[] { 41, 42, 40, 165, 166, 167 }.Select(id => statistics.Number(id)));
        Assert.Equal(["7 one", "8 two"], reader.Options.Where(option => option.Has(300)).Select(option => $"{option.Number(149)} {option.Text(300)}"));
        var types = reader.Options.Where(option => option.Has(341)).ToArray();
        Assert.Equal(WeftElements.All.Select(element => element.Name), types.Select(type => type.Text(341)));
        Assert.All(types, type => Assert.Equal(Weft, (uint)type.Number(346)));
        Assert.Equal(Numbers(13ul, 7), Numbers(types[3].Number(339), types[18].Number(345)));
    }

    static ulong[] Numbers(params ulong[] numbers) => numbers;

    IpfixReader Encode(IpfixFormat format, IReadOnlyList<FlowRecord> records) => Read(new(format, _time), records);

    static IpfixReader Read(IpfixEncoder encoder, IReadOnlyList<FlowRecord> records)
    {
        var reader = new IpfixReader();
        foreach (var packet in encoder.Encode(7, IpfixSamples.Batch(records)))
            reader.Read(packet.Bytes.Span);
        return reader;
    }
}
