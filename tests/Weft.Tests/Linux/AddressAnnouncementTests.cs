using System.Net;
using Weft.Linux;
using Weft.Model.Addressing;

namespace Weft.Tests.Linux;

public sealed class AddressAnnouncementTests
{
    static readonly MacAddress Mac = MacAddress.Parse("02:00:5e:10:00:01");

    [Fact]
    public void IPv4_is_asked_for_by_itself_and_of_everybody() => Assert.Equal(
        "ffffffffffff" + "02005e100001" + "0806"
        + "0001" + "0800" + "0604" + "0001" + "02005e100001" + "c0000207" + "000000000000" + "c0000207" + new string('0', 36),
        Convert.ToHexStringLower(AddressAnnouncement.Frame(Mac, IPAddress.Parse("192.0.2.7"))));

    [Fact]
    public void IPv6_is_an_unsolicited_advertisement_that_overrides()
    {
        var frame = AddressAnnouncement.Frame(Mac, IPAddress.Parse("2001:db8::7"));
        Assert.Equal(
            "333300000001" + "02005e100001" + "86dd" + "60000000" + "0020" + "3a" + "ff"
            + "20010db8000000000000000000000007" + "ff020000000000000000000000000001"
            + "8800" + Checksum(frame) + "20000000" + "20010db8000000000000000000000007" + "0201" + "02005e100001",
            Convert.ToHexStringLower(frame));
    }

    /// <summary>By another way than the product's: one's complement over the pseudo header and the message.</summary>
    static string Checksum(byte[] frame)
    {
        byte[] message = [.. frame[54..]];
        (message[2], message[3]) = (0, 0);
        byte[] all = [.. frame[22..54], 0, 0, 0, (byte)message.Length, 0, 0, 0, 58, .. message];
        var sum = all.Chunk(2).Sum(pair => pair[0] << 8 | pair[1]);
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        return (~sum & 0xffff).ToString("x4");
    }
}
