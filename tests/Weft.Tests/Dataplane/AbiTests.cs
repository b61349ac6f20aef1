using System.Net;
using System.Runtime.CompilerServices;
using Weft.Dataplane.Abi;
using Weft.Model.Addressing;

namespace Weft.Tests.Dataplane;

public sealed class AbiTests
{
    [Fact]
    public void Big_endian_numbers_are_kept_in_network_order()
    {
        BigEndian16 port = 4789;
        BigEndian32 vni = 0x00ABCDEF;

        Assert.Equal([0x12, 0xB5], AbiBytes.Of(in port).ToArray());
        Assert.Equal([0x00, 0xAB, 0xCD, 0xEF], AbiBytes.Of(in vni).ToArray());
        Assert.Equal(4789, (ushort)port);
        Assert.Equal(0x00ABCDEFu, (uint)vni);
    }

    [Theory]
    [InlineData("10.0.0.1", "00000000000000000000FFFF0A000001")]
    [InlineData("2001:db8::5", "20010DB8000000000000000000000005")]
    public void Addresses_are_128_bits_with_IPv4_mapped(string text, string bytes)
    {
        Address address = IPAddress.Parse(text);

        Assert.Equal(bytes, Convert.ToHexString(AbiBytes.Of(in address)));
        Assert.Equal(IPAddress.Parse(text), address.ToIPAddress());
    }

    [Theory]
    [InlineData("10.1.0.0/16", 32 + 96 + 16)]
    [InlineData("0.0.0.0/0", 32 + 96)]
    [InlineData("fd00:1::/64", 32 + 64)]
    [InlineData("::/0", 32)]
    public void Route_keys_count_the_bits_of_the_network_too(string prefix, uint bits)
    {
        var key = RouteKey.For(77, IPNetwork.Parse(prefix));

        Assert.Equal(bits, key.PrefixLength);
        Assert.Equal(77u, (uint)key.Vni);
        Assert.Equal(IPNetwork.Parse(prefix), key.ToPrefix());
    }

    [Fact]
    public void A_host_route_of_either_family_is_a_full_length_key()
    {
        Assert.Equal(RouteKey.For(1, IPNetwork.Parse("10.0.0.9/32")), RouteKey.For(1, IPAddress.Parse("10.0.0.9")));
        Assert.Equal(RouteKey.For(1, IPNetwork.Parse("fd00::9/128")), RouteKey.For(1, IPAddress.Parse("fd00::9")));
    }

    [Fact]
    public void Structs_compare_by_every_byte()
    {
        var one = new PortEntry { Vni = 5, Mac = MacAddress.Parse("02:00:00:00:00:01") };
        var two = one;
        two.Mac = MacAddress.Parse("02:00:00:00:00:02");

        Assert.NotEqual(one, two);
        two.Mac = one.Mac;
        Assert.Equal(one, two);
        Assert.Equal(one.GetHashCode(), two.GetHashCode());
        Assert.Equal("02:00:00:00:00:01", one.Mac.ToString());
    }

    [Fact]
    public void Keys_and_values_have_the_kernel_sizes()
    {
        Assert.Equal(32, Unsafe.SizeOf<PortEntry>());
        Assert.Equal(24, Unsafe.SizeOf<RouteKey>());
        Assert.Equal(44, Unsafe.SizeOf<FlowKey>());
    }
}
