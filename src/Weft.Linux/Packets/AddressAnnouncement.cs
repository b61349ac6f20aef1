using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Weft.Model.Addressing;

namespace Weft.Linux;

/// <summary>The frame that tells everybody on a link whose an address is from now on.</summary>
public static class AddressAnnouncement
{
    const int Ethernet = 14;
    const int ShortestFrame = 60;
    const int Ipv6Header = 40;
    const int Advertisement = 32;

    /// <summary>
    /// IPv4: an ARP announcement (RFC 5227 section 1.1: a request for the address by itself, which all hosts take note of).
    /// IPv6: an unsolicited neighbour advertisement (RFC 4861 section 7.2.6) that overrides.
    /// </summary>
    public static byte[] Frame(MacAddress mac, IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork ? Arp(mac, address) : Neighbour(mac, address);

    static byte[] Arp(MacAddress mac, IPAddress address)
    {
        var frame = new byte[ShortestFrame];
        Begin(frame, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], mac, 0x0806);
        ReadOnlySpan<byte> request = [0, 1, 0x08, 0, 6, 4, 0, 1]; // Ethernet, IPv4, request
        var arp = frame.AsSpan(Ethernet);
        request.CopyTo(arp);
        mac.CopyTo(arp[8..]);
        address.TryWriteBytes(arp[14..], out _);
        // The target's hardware address is not known to who asks, and ignored.
        address.TryWriteBytes(arp[24..], out _);
        return frame;
    }

    static byte[] Neighbour(MacAddress mac, IPAddress address)
    {
        var frame = new byte[Ethernet + Ipv6Header + Advertisement];
        Begin(frame, [0x33, 0x33, 0, 0, 0, 1], mac, 0x86dd);
        var ip = frame.AsSpan(Ethernet);
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], Advertisement);
        ip[6] = 58;
        ip[7] = 255;
        address.TryWriteBytes(ip[8..], out _);
        IPAddress.Parse("ff02::1").TryWriteBytes(ip[24..], out _);
        var icmp = ip[Ipv6Header..];
        icmp[0] = 136;
        icmp[4] = 0x20; // override
        address.TryWriteBytes(icmp[8..], out _);
        icmp[24] = 2; // target link-layer address
        icmp[25] = 1;
        mac.CopyTo(icmp[26..]);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], Checksum(ip));
        return frame;
    }

    static void Begin(Span<byte> frame, ReadOnlySpan<byte> destination, MacAddress source, ushort type)
    {
        destination.CopyTo(frame);
        source.CopyTo(frame[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], type);
    }

    /// <summary>Of ICMPv6 behind a header without extensions (RFC 4443 section 2.3).</summary>
    static ushort Checksum(ReadOnlySpan<byte> ip)
    {
        uint sum = (uint)(ip.Length - Ipv6Header) + ip[6];
        for (var i = 8; i < ip.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(ip[i..]);
        while (sum > ushort.MaxValue)
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        return (ushort)~sum;
    }
}
