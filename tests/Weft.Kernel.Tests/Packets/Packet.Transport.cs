using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Weft.Model.Addressing;

namespace Weft.Kernel.Tests.Packets;

sealed partial class Packet
{
    internal const int Icmp4 = 1, Tcp6 = 6, Udp17 = 17, Icmp58 = 58;

    internal Packet Udp(ushort source, ushort destination, bool checksum = true) => Add(Udp17, (payload, _) =>
    {
        var segment = new byte[8 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(segment, source);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), destination);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(4), (ushort)segment.Length);
        payload.CopyTo(segment, 8);
        return checksum ? Summed(segment, 6, Udp17) : segment;
    });

    internal Packet Tcp(
        ushort source, ushort destination, TcpFlags flags, uint sequence = 1, uint acknowledged = 0, byte[]? options = null) => Add(Tcp6, (payload, _) =>
    {
        var header = 20 + (options?.Length ?? 0);
        var segment = new byte[header + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(segment, source);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), destination);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(4), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(8), acknowledged);
        segment[12] = (byte)(header / 4 << 4);
        options?.CopyTo(segment, 20);
        segment[13] = (byte)flags;
        payload.CopyTo(segment, header);
        return Summed(segment, 16, Tcp6);
    });

    /// <summary>ICMP or ICMPv6, as the address says. rest: the four bytes after the checksum.</summary>
    internal Packet Icmp(byte type, byte code = 0, uint rest = 0)
    {
        var protocol = _source.AddressFamily == AddressFamily.InterNetwork ? Icmp4 : Icmp58;
        return Add(protocol, (payload, _) =>
        {
            var segment = new byte[8 + payload.Length];
            segment[0] = type;
            segment[1] = code;
            BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(4), rest);
            payload.CopyTo(segment, 8);
            return Summed(segment, 2, protocol);
        });
    }

    internal Packet Echo(ushort id, bool reply = false) => _source.AddressFamily == AddressFamily.InterNetwork
        ? Icmp((byte)(reply ? 0 : 8), rest: (uint)id << 16 | 1)
        : Icmp((byte)(reply ? 129 : 128), rest: (uint)id << 16 | 1);

    internal Packet Arp(ushort operation, string senderMac, string sender, string targetMac, string target) =>
        Add(EtherTypeArp, (payload, _) =>
        {
            var body = new byte[28];
            byte[] fixedPart = [0, 1, 8, 0, 6, 4, 0, (byte)operation];
            fixedPart.CopyTo(body, 0);
            MacAddress.Parse(senderMac, null).CopyTo(body.AsSpan(8));
            IPAddress.Parse(sender).TryWriteBytes(body.AsSpan(14), out _);
            MacAddress.Parse(targetMac, null).CopyTo(body.AsSpan(18));
            IPAddress.Parse(target).TryWriteBytes(body.AsSpan(24), out _);
            return [.. body, .. payload];
        });

    /// <summary>Neighbour solicitation or advertisement; mac null: without the option.</summary>
    internal Packet Neighbour(byte type, uint flags, string target, byte option = 1, string? mac = null)
    {
        byte[] address = IPAddress.Parse(target).GetAddressBytes(), macBytes = new byte[6];
        if (mac is not null)
            MacAddress.Parse(mac, null).CopyTo(macBytes);
        return Icmp(type, rest: flags).Raw(mac is null ? address : [.. address, option, 1, .. macBytes]);
    }

    byte[] Summed(byte[] segment, int offset, int protocol)
    {
        byte[] covered = protocol == Icmp4 ? segment : [.. PseudoHeader(segment.Length, protocol), .. segment];
        var sum = InternetChecksum.Of(covered);
        BinaryPrimitives.WriteUInt16BigEndian(
            segment.AsSpan(offset), protocol == Udp17 && sum == 0 ? ushort.MaxValue : sum);
        return segment;
    }

    byte[] PseudoHeader(int length, int protocol) =>
        [.. _source.GetAddressBytes(), .. _destination.GetAddressBytes(), (byte)(length >> 8), (byte)length, 0, (byte)protocol];
}

[Flags]
enum TcpFlags : byte
{
    None = 0,
    Fin = 1,
    Syn = 2,
    Rst = 4,
    Psh = 8,
    Ack = 16,
}
