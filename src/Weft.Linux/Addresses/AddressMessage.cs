using System.Net;
using System.Runtime.InteropServices;
using Weft.Linux.Interop;

namespace Weft.Linux.Wire;

/// <summary>struct ifaddrmsg.</summary>
[StructLayout(LayoutKind.Sequential)]
struct IfAddrMsg
{
    internal byte Family;
    internal byte PrefixLength;
    internal byte Flags;
    internal byte Scope;
    internal int Index;
}

/// <summary>RTM_NEWADDR and RTM_DELADDR (linux/if_addr.h).</summary>
static class AddressMessage
{
    internal const ushort RTM_NEWADDR = 20;
    internal const ushort RTM_DELADDR = 21;
    internal const ushort RTM_GETADDR = 22;

    const ushort IFA_ADDRESS = 1;
    const ushort IFA_LOCAL = 2;
    const ushort IFA_FLAGS = 8;
    const ushort IFA_PROTO = 11;
    const uint IFA_F_NODAD = 0x2;
    const uint IFA_F_TENTATIVE = 0x40;
    const uint IFA_F_NOPREFIXROUTE = 0x200;

    internal static void Encode(NetlinkWriter writer, InterfaceAddress address)
    {
        writer.Struct(new IfAddrMsg
        {
            Family = address.Family,
            PrefixLength = (byte)address.PrefixLength,
            Index = address.LinkIndex,
        });
        var bytes = address.Address.GetAddressBytes();
        writer.Bytes(IFA_LOCAL, bytes);
        writer.Bytes(IFA_ADDRESS, bytes);
        var flags = (address.NoDuplicateDetection ? IFA_F_NODAD : 0) | (address.NoPrefixRoute ? IFA_F_NOPREFIXROUTE : 0);
        if (flags != 0)
            writer.UInt32(IFA_FLAGS, flags);
        if (address.Protocol != 0)
            writer.Byte(IFA_PROTO, address.Protocol);
    }

    internal static InterfaceAddress? Decode(NetlinkMessage message)
    {
        var header = message.Header<IfAddrMsg>(out var attributes);
        if (header.Family is not (LibcConstants.AF_INET or LibcConstants.AF_INET6))
            return null;
        IPAddress? local = null, address = null;
        uint flags = header.Flags;
        byte protocol = 0;
        while (attributes.TryRead(out var attribute))
        {
            switch (attribute.Type)
            {
                case IFA_LOCAL:
                    local = attribute.Address;
                    break;
                case IFA_ADDRESS:
                    address = attribute.Address;
                    break;
                case IFA_FLAGS:
                    flags = attribute.UInt32;
                    break;
                case IFA_PROTO:
                    protocol = attribute.Byte;
                    break;
            }
        }
        // On a point-to-point link IFA_ADDRESS is the other end; IPv6 sends IFA_LOCAL only then.
        return (local ?? address) is { } own ? Build(header, own, flags) with { Protocol = protocol } : null;
    }

    static InterfaceAddress Build(IfAddrMsg header, IPAddress own, uint flags) => new()
    {
        LinkIndex = header.Index,
        Address = own,
        PrefixLength = header.PrefixLength,
        NoDuplicateDetection = (flags & IFA_F_NODAD) != 0,
        IsTentative = (flags & IFA_F_TENTATIVE) != 0,
        NoPrefixRoute = (flags & IFA_F_NOPREFIXROUTE) != 0,
    };
}
