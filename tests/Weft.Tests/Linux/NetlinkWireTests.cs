using System.Net;
using CsCheck;
using Weft.Linux;
using Weft.Linux.Wire;
using Weft.Model.Addressing;

namespace Weft.Tests.Linux;

/// <summary>Readers survive any bytes; what is written reads back.</summary>
public sealed class NetlinkWireTests
{
    static readonly Gen<IPAddress> GenIPv4 = Gen.Byte.Array[4].Select(bytes => new IPAddress(bytes));
    static readonly Gen<IPAddress> GenIPv6 = Gen.Byte.Array[16].Select(bytes => new IPAddress(bytes));
    static readonly Gen<IPAddress> GenAddress = Gen.OneOf(GenIPv4, GenIPv6);
    static readonly Gen<MacAddress> GenMac = Gen.ULong[0, (1UL << 48) - 1].Select(value => new MacAddress(value));

    static readonly Gen<Route> GenRoute =
        from destination in GenAddress
        from length in Gen.Int[0, 128]
        from gateway in GenAddress
        from source in destination.GetAddressBytes().Length == 4 ? GenIPv4 : GenIPv6
        from numbers in Gen.Int[1, int.MaxValue].Array[4]
        from flags in Gen.Bool.Array[4]
        select new Route
        {
            Destination = Network(destination, length),
            Gateway = flags[0] ? gateway : null,
            PreferredSource = flags[1] ? source : null,
            LinkIndex = numbers[0],
            Metric = flags[2] ? numbers[1] : null,
            Mtu = flags[3] ? numbers[2] : null,
            Table = numbers[3],
            OnLink = flags[0],
            // RTA_VIA exists for IPv4 routes only.
            Protocol = RouteProtocol.Weft,
        };

    static readonly Gen<InterfaceAddress> GenInterfaceAddress =
        from index in Gen.Int[1, int.MaxValue]
        from address in GenAddress
        from length in Gen.Int[0, 32]
        from flags in Gen.Bool.Array[2]
        select new InterfaceAddress
        {
            LinkIndex = index,
            Address = address,
            PrefixLength = length,
            NoDuplicateDetection = flags[0],
            NoPrefixRoute = flags[1],
            Protocol = RouteProtocol.Weft,
        };

    static readonly Gen<Neighbour> GenNeighbour =
        from index in Gen.Int[1, int.MaxValue]
        from address in GenAddress
        from mac in GenMac
        from flags in Gen.Bool.Array[2]
        select new Neighbour
        {
            LinkIndex = index,
            Address = address,
            Mac = flags[0] ? mac : null,
            IsProxy = flags[1],
        };

    static readonly Gen<VxlanSpec> GenVxlan =
        from id in Gen.UInt[0, (1 << 24) - 1]
        from port in Gen.UShort
        from mtu in Gen.Int[68, 65535]
        from mac in GenMac
        from local in GenAddress
        from flags in Gen.Bool.Array[3]
        select new VxlanSpec
        {
            Name = "vx0",
            Mac = mac,
            Mtu = mtu,
            Group = mtu,
            TxQueueLength = mtu,
            Up = flags[2],
            Settings = new VxlanSettings
            {
                Id = flags[0] ? 0 : id,
                Port = port,
                CollectMetadata = flags[0],
                Learning = flags[1],
                Local = local,
            },
        };

    [Fact]
    public void Routes_read_back_as_written() => GenRoute
        .Where(route => route.Gateway is null || IsIPv4(route.Destination.BaseAddress) || !IsIPv4(route.Gateway))
        .Where(route => route.Gateway is null || !IsIPv4(route.Gateway) || IsIPv4(route.Destination.BaseAddress))
        .Sample(route => Same(route, RouteDecoder.Decode(
            Only(Message(RouteMessage.RTM_NEWROUTE, w => RouteMessage.Encode(w, route))))));

    [Fact]
    public void Addresses_read_back_as_written() => GenInterfaceAddress.Sample(address => Same(address,
        AddressMessage.Decode(Only(Message(AddressMessage.RTM_NEWADDR, w => AddressMessage.Encode(w, address))))));

    [Fact]
    public void Neighbours_read_back_as_written() => GenNeighbour.Sample(neighbour => Same(neighbour,
        NeighbourMessage.Decode(Only(Message(NeighbourMessage.RTM_NEWNEIGH, w => NeighbourMessage.Encode(w, neighbour))))));

    [Fact]
    public void Links_read_back_as_written() => GenVxlan.Sample(spec =>
    {
        var link = LinkMessage.Decode(Only(Message(LinkConstants.RTM_NEWLINK, w => LinkWriter.Create(w, spec))));
        Same(new Link
        {
            Index = 0,
            Name = spec.Name,
            Kind = "vxlan",
            Mac = spec.Mac,
            Mtu = spec.Mtu!.Value,
            Group = spec.Group!.Value,
            TxQueueLength = spec.TxQueueLength!.Value,
            IsUp = spec.Up,
            Vxlan = spec.Settings,
        }, link);
    });

    [Fact]
    public void Random_bytes_make_no_reader_fail_otherwise_than_by_a_format_exception() =>
        Gen.Byte.Array[0, 200].Sample(Survives, iter: 20_000);

    [Fact]
    public void Damaged_messages_make_no_reader_fail_otherwise_than_by_a_format_exception() => Gen.Select(
            Gen.OneOf(
                GenRoute.Select(r => Message(RouteMessage.RTM_NEWROUTE, w => RouteMessage.Encode(w, r))),
                GenInterfaceAddress.Select(a => Message(AddressMessage.RTM_NEWADDR, w => AddressMessage.Encode(w, a))),
                GenNeighbour.Select(n => Message(NeighbourMessage.RTM_NEWNEIGH, w => NeighbourMessage.Encode(w, n))),
                GenVxlan.Select(v => Message(LinkConstants.RTM_NEWLINK, w => LinkWriter.Create(w, v)))),
            Gen.Select(Gen.Int[0, 1000], Gen.Byte).Array[1, 4],
            Gen.Int[0, 1000])
        .Sample((bytes, damages, cut) =>
        {
            foreach (var (position, value) in damages)
                bytes[position % bytes.Length] = value;
            Survives(bytes[..(bytes.Length - cut % bytes.Length)]);
        }, iter: 50_000);

    [Fact]
    public void Messages_of_any_attributes_make_no_reader_fail_otherwise_than_by_a_format_exception() => Gen.Select(
            AnyOf<ushort>(2, 3, 16, 17, 20, 21, 24, 25, 28, 29, 88),
            AnyOf<ushort>(0, 0x100, 0x200, 0x300),
            AnyOf<byte>(0, 2, 7, 10),
            Gen.Byte.Array[0, 32],
            Gen.Select(Gen.UShort[0, 60], GenValue).Array[0, 6])
        .Sample((type, flags, family, header, attributes) =>
        {
            if (header.Length > 0)
                header[0] = family;
            Survives(Message(type, flags, header, attributes));
        }, iter: 100_000);

    static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    /// <summary>An attribute's value: bytes, or attributes again, or a next hop of a route.</summary>
    static Gen<byte[]> GenValue => Gen.OneOf(
        Gen.Byte.Array[0, 24],
        Gen.Select(Gen.UShort[0, 40], Gen.Byte.Array[0, 20]).Array[1, 3].Select(nested =>
        {
            var buffer = new NetlinkBuffer();
            foreach (var (type, value) in nested)
                new NetlinkWriter(buffer).Bytes(type, value);
            return buffer.Written.ToArray();
        }),
        Gen.Select(Gen.Byte[0, 24], Gen.Byte.Array[7, 23]).Select((length, rest) => (byte[])[length, 0, .. rest[1..]]));

    static byte[] Message(ushort type, ushort flags, byte[] header, (ushort Type, byte[] Value)[] attributes)
    {
        var buffer = new NetlinkBuffer();
        var writer = new NetlinkWriter(buffer);
        using (writer.Message(type, flags, sequence: 1))
        {
            header.CopyTo(buffer.Append(header.Length));
            foreach (var (attribute, value) in attributes)
                writer.Bytes(attribute, value);
        }
        return buffer.Written.ToArray();
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123456789abcdef")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a:b")]
    [InlineData("..")]
    public void A_name_that_no_interface_can_have_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => LinkRef.FromName(name));

    [Fact]
    public void Ports_made_in_the_same_minute_have_different_interfaces()
    {
        var names = Enumerable.Range(0, 1000)
            .Select(_ => PortInterface.HostNameOf(Guid.CreateVersion7())).ToHashSet();
        Assert.Equal(1000, names.Count);
        Assert.All(names, name => Assert.Matches("^weft[0-9a-f]{11}$", name));
    }

    static void Survives(byte[] bytes)
    {
        try
        {
            NetlinkMonitor.Decode(bytes, []);
            var reader = new NetlinkReader(bytes);
            while (reader.TryRead(out var message))
                DecodeAs(message);
        }
        catch (NetlinkFormatException)
        {
            // the one allowed answer
        }
    }

    static void DecodeAs(NetlinkMessage message)
    {
        NetlinkAck.Decode(message);
        LinkMessage.Decode(message);
        AddressMessage.Decode(message);
        RouteDecoder.Decode(message);
        NeighbourMessage.Decode(message);
    }

    static byte[] Message(ushort type, Netlink.Encoder encode)
    {
        var buffer = new NetlinkBuffer();
        var writer = new NetlinkWriter(buffer);
        using (writer.Message(type, flags: 0, sequence: 1))
            encode(writer);
        return buffer.Written.ToArray();
    }

    static NetlinkMessage Only(byte[] bytes)
    {
        var reader = new NetlinkReader(bytes);
        Assert.True(reader.TryRead(out var message));
        return message;
    }

    static void Same<T>(T expected, T? actual) => Assert.Equal(expected, actual);

    static bool IsIPv4(IPAddress address) => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;

    static IPNetwork Network(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        length = Math.Min(length, bytes.Length * 8);
        for (var bit = length; bit < bytes.Length * 8; bit++)
            bytes[bit / 8] &= (byte)~(0x80 >> bit % 8);
        return new IPNetwork(new IPAddress(bytes), length);
    }
}
