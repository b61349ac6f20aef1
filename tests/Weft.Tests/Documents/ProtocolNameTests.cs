using Weft.Model.Rules;

namespace Weft.Tests.Documents;

public sealed class ProtocolNameTests
{
    [Theory]
    [InlineData("tcp", 6)]
    [InlineData("UDP", 17)]
    [InlineData("icmpv6", 58)]
    [InlineData("ipv6-icmp", 58)]
    [InlineData("0", 0)]
    [InlineData("255", 255)]
    public void A_protocol_is_a_name_or_a_number(string text, byte number)
    {
        Assert.True(IpProtocols.TryParse(text, out var read));
        Assert.Equal(number, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("tpc")]
    [InlineData("256")]
    [InlineData("-1")]
    [InlineData("+6")]
    [InlineData(" 6")]
    public void Anything_else_is_no_protocol(string? text) => Assert.False(IpProtocols.TryParse(text, out _));

    [Fact]
    public void Every_number_is_read_from_the_name_that_is_shown_for_it() =>
        Assert.All(Enumerable.Range(0, 256), number =>
            Assert.True(IpProtocols.TryParse(IpProtocols.NameOf((byte)number), out var read) && read == number));

    [Theory]
    [InlineData(IpProtocols.Icmp, "echo-request", 8)]
    [InlineData(IpProtocols.IcmpV6, "echo-request", 128)]
    [InlineData(IpProtocols.IcmpV6, "packet-too-big", 2)]
    [InlineData(IpProtocols.Icmp, "40", 40)]
    public void An_ICMP_type_is_a_name_of_its_protocol_or_a_number(byte protocol, string text, byte type)
    {
        Assert.True(IcmpTypes.TryParse(protocol, text, out var read));
        Assert.Equal(type, read);
    }

    [Theory]
    [InlineData(IpProtocols.Icmp, "packet-too-big")]
    [InlineData(IpProtocols.Icmp, "256")]
    [InlineData(IpProtocols.Tcp, "echo-request")]
    [InlineData(IpProtocols.Tcp, "8")]
    public void A_type_of_another_protocol_is_none(byte protocol, string text) => Assert.False(IcmpTypes.TryParse(protocol, text, out _));

    [Theory]
    [InlineData(IpProtocols.Icmp)]
    [InlineData(IpProtocols.IcmpV6)]
    public void Every_ICMP_type_is_read_from_the_name_that_is_shown_for_it(byte protocol) =>
        Assert.All(Enumerable.Range(0, 256), type =>
            Assert.True(IcmpTypes.TryParse(protocol, IcmpTypes.NameOf(protocol, (byte)type), out var read) && read == type));
}
