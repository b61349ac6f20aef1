using System.Buffers.Binary;
using CsCheck;
using Weft.Agent.Names;
using Weft.Agent.Names.Wire;

namespace Weft.Tests.Agent.Names;

public sealed class DnsWireTests
{
    static readonly Gen<string> Label = Gen.String[Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789-_"], 1, 20];
    static readonly Gen<string> Name = Label.Array[1, 6].Select(labels => string.Join('.', labels));

    [Fact]
    public void A_name_survives_the_way_to_the_wire_and_back() => Name.Sample(name =>
    {
        var wire = new byte[DnsReader.MaxName];
        Assert.True(DnsName.TryToWire(name, wire, out var length));
        var read = new byte[DnsReader.MaxName];
        var reader = new DnsReader(wire.AsSpan(0, length), 0);
        Assert.True(reader.TryReadName(read, out var readLength));
        Assert.True(DnsName.TryToText(read.AsSpan(0, readLength), out var text));
        return text == name;
    });

    [Fact]
    public void A_question_is_read_as_it_was_written() =>
        Gen.Select(Name, Gen.UShort, Gen.Int[512, 4096].Nullable()).Sample((name, id, edns) =>
        {
            var message = DnsClient.Question(name.ToUpperInvariant(), DnsType.Aaaa, edns, id);
            Assert.True(DnsQuery.TryParse(message, out var query, out var code));
            Assert.Equal(DnsCode.NoError, code);
            Assert.Equal((name, id, DnsType.Aaaa), (query.Name, query.Id, query.Type));
            Assert.Equal((edns is not null, edns ?? 512), (query.HasEdns, query.UdpSize));
        });

    [Fact]
    public void No_octets_make_the_parser_throw_or_answer_beyond_its_limit() =>
        Gen.Byte.Array[0, 300].Sample(AssertHarmless);

    [Fact]
    public void No_damaged_question_makes_the_parser_throw() =>
        Gen.Select(Name, Gen.Int[0, 60].Array[1, 4], Gen.Byte.Array[4]).Sample((name, places, values) =>
        {
            var message = DnsClient.Question(name, DnsType.A, edns: 1232);
            for (var i = 0; i < places.Length; i++)
                message[places[i] % message.Length] = values[i];
            AssertHarmless(message);
        });

    static void AssertHarmless(byte[] message)
    {
        if (!DnsQuery.TryParse(message, out var query, out var code))
            return;
        var answer = new byte[DnsWriter.MaxUdpSize];
        NameResolver.Empty(query, code, answer, DnsWriter.MinUdpSize, out var length);
        Assert.InRange(length, DnsReader.HeaderLength, DnsWriter.MinUdpSize);
        Assert.Equal(message.AsSpan(0, 2), answer.AsSpan(0, 2));
    }

    [Fact]
    public void A_pointer_is_followed_once_and_reading_goes_on_behind_it()
    {
        // At 12: "a" root; at 15: "b" and a pointer to 12; then two octets.
        byte[] message = [.. new byte[12], 1, (byte)'a', 0, 1, (byte)'b', 0xc0, 12, 0xaa, 0xbb];
        var reader = new DnsReader(message, 15);
        var name = new byte[DnsReader.MaxName];
        Assert.True(reader.TryReadName(name, out var length));
        Assert.True(DnsName.TryToText(name.AsSpan(0, length), out var text));
        Assert.Equal("b.a", text);
        Assert.True(reader.TryReadUInt16(out var rest));
        Assert.Equal(0xaabb, rest);
    }

    [Theory]
    [InlineData(new byte[] { 0xc0, 12 })] // to itself
    [InlineData(new byte[] { 1, (byte)'a', 0xc0, 12 })] // to its own start
    [InlineData(new byte[] { 0xc0, 14, 0xc0, 12 })] // forward
    [InlineData(new byte[] { 0xc0, 0 })] // into the header
    [InlineData(new byte[] { 0xc0 })] // cut
    [InlineData(new byte[] { 0x40, 0 })] // extended label type
    [InlineData(new byte[] { 5, (byte)'a' })] // label beyond the end
    [InlineData(new byte[] { 1, (byte)'a' })] // no root
    public void Names_that_loop_or_run_out_are_refused(byte[] name)
    {
        var reader = new DnsReader((byte[])[.. new byte[12], .. name], 12);
        Assert.False(reader.TryReadName(new byte[DnsReader.MaxName], out _));
    }

    [Fact]
    public void Names_longer_than_255_octets_are_refused()
    {
        var name = string.Join('.', Enumerable.Repeat(new string('x', 63), 4));
        Assert.False(DnsName.TryToWire(name, new byte[300], out _));
        byte[] wire = [.. new byte[12], .. Enumerable.Range(0, 4).SelectMany(_ => (byte[])[63, .. new byte[63]]), 0];
        var reader = new DnsReader(wire, 12);
        Assert.False(reader.TryReadName(new byte[DnsReader.MaxName], out _));
    }

    [Fact]
    public void An_unknown_EDNS_version_is_answered_with_BADVERS()
    {
        var message = DnsClient.Question("a", DnsType.A, edns: 1232);
        message[^5] = 1;
        Assert.True(DnsQuery.TryParse(message, out var query, out var code));
        Assert.Equal(DnsCode.BadVersion, code);
        var answer = new byte[512];
        NameResolver.Empty(query, code, answer, 512, out var length);
        Assert.Equal(0, answer[3] & 0xf);
        Assert.Equal(1, answer[length - 6]); // upper eight bits of 16
    }

    [Theory]
    [InlineData(2, 0x80, false)] // an answer: never answered
    [InlineData(2, 0x28, true)] // opcode UPDATE
    [InlineData(5, 2, true)] // two questions
    public void What_is_no_plain_question_gets_an_error_or_nothing(int offset, byte value, bool answered)
    {
        var message = DnsClient.Question("a", DnsType.A);
        message[offset] = value;
        Assert.Equal(answered, DnsQuery.TryParse(message, out _, out var code));
        Assert.NotEqual(DnsCode.NoError, code);
    }

    [Fact]
    public void Answers_count_for_their_own_question_only()
    {
        var query = DnsClient.Question("www.example.com", DnsType.A);
        var answer = DnsClient.Question("WWW.example.com", DnsType.A);
        answer[2] |= 0x80;
        Assert.True(Forwarder.IsAnswerTo(query, answer));
        var other = DnsClient.Question("www.example.org", DnsType.A);
        other[2] |= 0x80;
        Assert.False(Forwarder.IsAnswerTo(query, other));
        BinaryPrimitives.WriteUInt16BigEndian(answer, 7);
        Assert.False(Forwarder.IsAnswerTo(query, answer));
    }
}
