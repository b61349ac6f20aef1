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

    /// <summary>The key of all IPv6 addresses, and with them of all others, within a network.</summary>
    internal static RouteKey Everywhere(uint vni) => new() { PrefixLength = VniBits, Vni = vni };

    /// <summary>The next shorter prefix that holds this one, within the network; null: there is none.</summary>
    internal readonly RouteKey? Shorter()
    {
        if (PrefixLength <= VniBits)
            return null;
        var shorter = this with { PrefixLength = PrefixLength - 1 };
        var bit = (int)shorter.PrefixLength - VniBits;
        shorter.Address.Bytes[bit / 8] &= (byte)~(0x80 >> bit % 8);
        return shorter;
    }

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
