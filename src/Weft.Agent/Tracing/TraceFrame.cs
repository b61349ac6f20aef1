using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Weft.Model.Addressing;
using Weft.Model.Rules;

namespace Weft.Agent.Tracing;

/// <summary>What a traced packet looks like.</summary>
/// <param name="IcmpType">Of ICMP and ICMPv6.</param>
sealed record TraceTraffic(
    IPAddress Source, IPAddress Destination, byte Protocol, ushort SourcePort, ushort DestinationPort, byte IcmpType);

/// <summary>Writes the frame that is traced.</summary>
/// <remarks>Nobody ever receives it, so that of its checksums only IPv4's is there, for routers on the way of a capture.</remarks>
static class TraceFrame
{
    const int EthernetBytes = 14, IPv4Bytes = 20, IPv6Bytes = 40, TcpBytes = 20, UdpBytes = 8;
    const byte Ttl = 64, Syn = 2;

    internal static byte[] Write(MacAddress mark, TraceTraffic traffic)
    {
        var isV4 = traffic.Source.AddressFamily == AddressFamily.InterNetwork;
        var l4 = EthernetBytes + (isV4 ? IPv4Bytes : IPv6Bytes);
        var frame = new byte[l4 + (traffic.Protocol == IpProtocols.Tcp ? TcpBytes : UdpBytes)];
        MacAddress.Gateway.CopyTo(frame);
        mark.CopyTo(frame.AsSpan(MacAddress.Length));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), (ushort)(isV4 ? 0x0800 : 0x86dd));
        var ip = frame.AsSpan(EthernetBytes);
        if (isV4)
            WriteIPv4(ip, traffic);
        else
            WriteIPv6(ip, traffic);
        WriteTransport(frame.AsSpan(l4), traffic);
        return frame;
    }

    static void WriteIPv4(Span<byte> ip, TraceTraffic traffic)
    {
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        ip[8] = Ttl;
        ip[9] = traffic.Protocol;
        traffic.Source.TryWriteBytes(ip[12..], out _);
        traffic.Destination.TryWriteBytes(ip[16..], out _);
        uint sum = 0;
        for (var i = 0; i < IPv4Bytes; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(ip[i..]);
        sum = (sum & 0xffff) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], (ushort)~(sum + (sum >> 16)));
    }

    static void WriteIPv6(Span<byte> ip, TraceTraffic traffic)
    {
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)(ip.Length - IPv6Bytes));
        ip[6] = traffic.Protocol;
        ip[7] = Ttl;
        traffic.Source.TryWriteBytes(ip[8..], out _);
        traffic.Destination.TryWriteBytes(ip[24..], out _);
    }

    static void WriteTransport(Span<byte> l4, TraceTraffic traffic)
    {
        if (IpProtocols.HasIcmpTypes(traffic.Protocol))
        {
            l4[0] = traffic.IcmpType;
            BinaryPrimitives.WriteUInt16BigEndian(l4[4..], traffic.SourcePort); // the identifier, which flows go by
            return;
        }
        if (!IpProtocols.HasPorts(traffic.Protocol))
            return;
        BinaryPrimitives.WriteUInt16BigEndian(l4, traffic.SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(l4[2..], traffic.DestinationPort);
        if (traffic.Protocol == IpProtocols.Tcp)
            (l4[12], l4[13]) = (TcpBytes / 4 << 4, Syn);
        else if (traffic.Protocol == IpProtocols.Udp)
            BinaryPrimitives.WriteUInt16BigEndian(l4[4..], UdpBytes);
    }
}
