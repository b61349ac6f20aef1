using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Weft.Dataplane.Abi;

public partial struct RouteKey
{
    const int VniBits = 32;
    const int MappedBits = 96;

    /// <summary>The key of a prefix within a network; host bits are zero, as <see cref="IPNetwork"/> has them.</summary>
    public static RouteKey For(uint vni, IPNetwork prefix)
    {
        var mapped = prefix.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? MappedBits : 0;
        return new()
        {
            PrefixLength = (uint)(VniBits + mapped + prefix.PrefixLength),
            Vni = vni,
            Address = prefix.BaseAddress,
        };
    }

    /// <summary>The key of one address (/32 or /128) within a network.</summary>
    public static RouteKey For(uint vni, IPAddress address) => new()
    {
        PrefixLength = VniBits + 128,
        Vni = vni,
        Address = address,
    };

    /// <summary>The prefix without the network.</summary>
    public readonly IPNetwork ToPrefix()
    {
        var address = Address.ToIPAddress();
        var bits = (int)PrefixLength - VniBits;
        return address.AddressFamily == AddressFamily.InterNetwork && bits >= MappedBits
            ? new(address, bits - MappedBits)
            : new(address.MapToIPv6(), bits);
    }

    public override readonly string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Vni.Value}:{ToPrefix()}");
}
