using Weft.Linux.Wire;
using static Weft.Linux.Wire.NetlinkConstants;

namespace Weft.Linux;

public sealed partial class NetlinkBatch
{
    /// <summary>Adds an address or changes its flags; one that is there already is no error.</summary>
    public NetlinkBatch SetAddress(InterfaceAddress address)
    {
        Check(address);
        return Add($"add address {address} to link #{address.LinkIndex}", AddressMessage.RTM_NEWADDR,
            NLM_F_CREATE | NLM_F_REPLACE, w => AddressMessage.Encode(w, address));
    }

    /// <summary>Removes an address. EADDRNOTAVAIL: it is not there.</summary>
    public NetlinkBatch DeleteAddress(InterfaceAddress address)
    {
        Check(address);
        return Add($"delete address {address} from link #{address.LinkIndex}", AddressMessage.RTM_DELADDR, 0,
            w => AddressMessage.Encode(w, address));
    }

    static void Check(InterfaceAddress address)
    {
        if (address.PrefixLength < 0 || address.PrefixLength > IPFamily.Bits(address.Family))
            throw new ArgumentException($"{address}: no such prefix length", nameof(address));
    }
}
