using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Weft.Model.Addressing;

namespace Weft.Kernel.Tests.Packets;

/// <summary>
/// Builds an Ethernet frame from the outside in: <c>Packet.Frame(a, b).Ip(x, y).Udp(1, 2).Data(10)</c>. Lengths,
/// protocol numbers and checksums are filled in; a packet never changes, so the start of one can be used again.
/// </summary>
sealed partial class Packet
{
    internal const ushort EtherTypeIPv4 = 0x0800, EtherTypeArp = 0x0806, EtherTypeIPv6 = 0x86dd;

    readonly ImmutableList<Layer> _layers;
    readonly IPAddress _source, _destination;

    Packet(ImmutableList<Layer> layers, IPAddress source, IPAddress destination) =>
        (_layers, _source, _destination) = (layers, source, destination);

    // Number: how the layer around it names it, an EtherType or an IP protocol.
    sealed record Layer(int Number, Func<byte[], int, byte[]> Render);

    internal static Packet Frame(string source, string destination) =>
        new Packet([], IPAddress.None, IPAddress.None).Eth(source, destination);

    internal Packet Eth(string source, string destination, ushort? type = null) => Add(0, (payload, next) =>
    {
        var header = new byte[14];
        MacAddress.Parse(destination, null).CopyTo(header);
        MacAddress.Parse(source, null).CopyTo(header.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(12), type ?? (ushort)next);
        return [.. header, .. payload];
    });

    internal Packet Ip(string source, string destination, byte tos = 0, byte ttl = 64, int? protocol = null) =>
        IPAddress.Parse(source).AddressFamily == AddressFamily.InterNetwork
            ? IPv4(source, destination, tos, ttl, protocol)
            : IPv6(source, destination, tos, ttl, protocol);

    internal Packet IPv4(
        string source, string destination, byte tos = 0, byte ttl = 64, int? protocol = null, ushort id = 0,
        ushort fragment = 0, byte[]? options = null)
    {
        var (from, to) = (IPAddress.Parse(source), IPAddress.Parse(destination));
        return To(from, to).Add(EtherTypeIPv4, (payload, next) =>
        {
            var header = new byte[20 + (options?.Length ?? 0)];
            header[0] = (byte)(0x40 | header.Length / 4);
            header[1] = tos;
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(header.Length + payload.Length));
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), id);
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), fragment);
            header[8] = ttl;
            header[9] = (byte)(protocol ?? next);
            from.TryWriteBytes(header.AsSpan(12), out _);
            to.TryWriteBytes(header.AsSpan(16), out _);
            options?.CopyTo(header, 20);
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), InternetChecksum.Of(header));
            return [.. header, .. payload];
        });
    }

    internal Packet IPv6(string source, string destination, byte tos = 0, byte hops = 64, int? protocol = null)
    {
        var (from, to) = (IPAddress.Parse(source), IPAddress.Parse(destination));
        return To(from, to).Add(EtherTypeIPv6, (payload, next) =>
        {
            var header = new byte[40];
            BinaryPrimitives.WriteUInt32BigEndian(header, 6u << 28 | (uint)tos << 20);
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)payload.Length);
            header[6] = (byte)(protocol ?? next);
            header[7] = hops;
            from.TryWriteBytes(header.AsSpan(8), out _);
            to.TryWriteBytes(header.AsSpan(24), out _);
            return [.. header, .. payload];
        });
    }

    /// <summary>An IPv6 extension header of that number; its length must be a multiple of 8.</summary>
    internal Packet Extension(int number, byte[] body, int? protocol = null) => Add(number, (payload, next) =>
    {
        var header = (byte[])body.Clone();
        header[0] = (byte)(protocol ?? next);
        if (number != 44)
            header[1] = (byte)(header.Length / 8 - 1);
        return [.. header, .. payload];
    });

    internal Packet Fragment(uint id, int offset, bool more, int? protocol = null)
    {
        var body = new byte[8];
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(2), (ushort)(offset | (more ? 1 : 0)));
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(4), id);
        return Extension(44, body, protocol);
    }

    internal Packet Vxlan(uint vni, byte flags = 0x08) => Add(0, (payload, _) =>
        [flags, 0, 0, 0, (byte)(vni >> 16), (byte)(vni >> 8), (byte)vni, 0, .. payload]);

    internal Packet Data(int bytes) => Raw([.. Enumerable.Range(0, bytes).Select(i => (byte)i)]);

    internal Packet Raw(byte[] bytes) => Add(0, (payload, _) => [.. bytes, .. payload]);

    /// <summary>This frame without its first bytes: what it is inside another.</summary>
    internal Packet Without(int bytes) => new Packet([], _source, _destination).Raw(Bytes()[bytes..]);

    internal byte[] Bytes()
    {
        var (bytes, next) = (Array.Empty<byte>(), 0);
        foreach (var layer in Enumerable.Reverse(_layers))
            (bytes, next) = (layer.Render(bytes, next), layer.Number);
        return bytes;
    }

    Packet To(IPAddress source, IPAddress destination) => new(_layers, source, destination);

    Packet Add(int number, Func<byte[], int, byte[]> render) =>
        new(_layers.Add(new(number, render)), _source, _destination);
}
