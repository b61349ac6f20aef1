using System.Net;
using System.Runtime.InteropServices;
using Weft.Linux.Interop;
using Weft.Model.Addressing;

namespace Weft.Linux.Wire;

/// <summary>struct ndmsg.</summary>
[StructLayout(LayoutKind.Sequential)]
struct NdMsg
{
    internal byte Family;
    internal byte Pad1;
    internal ushort Pad2;
    internal int Index;
    internal ushort State;
    internal byte Flags;
    internal byte Type;
}

/// <summary>RTM_NEWNEIGH and its like (linux/neighbour.h).</summary>
static class NeighbourMessage
{
    internal const ushort RTM_NEWNEIGH = 28;
    internal const ushort RTM_DELNEIGH = 29;
    internal const ushort RTM_GETNEIGH = 30;

    const ushort NDA_DST = 1;
    const ushort NDA_LLADDR = 2;
    const byte NTF_PROXY = 0x08;

    internal static void Encode(NetlinkWriter writer, Neighbour neighbour)
    {
        writer.Struct(new NdMsg
        {
            Family = IPFamily.Of(neighbour.Address),
            Index = neighbour.LinkIndex,
            State = (ushort)neighbour.State,
            Flags = neighbour.IsProxy ? NTF_PROXY : (byte)0,
        });
        writer.Bytes(NDA_DST, neighbour.Address.GetAddressBytes());
        if (neighbour.Mac is { } mac)
            writer.Bytes(NDA_LLADDR, mac.ToBytes());
    }

    /// <summary>Null: not IPv4 or IPv6 (a bridge's forwarding table comes as the same type).</summary>
    internal static Neighbour? Decode(NetlinkMessage message)
    {
        var header = message.Header<NdMsg>(out var attributes);
        if (header.Family is not (LibcConstants.AF_INET or LibcConstants.AF_INET6))
            return null;
        IPAddress? address = null;
        MacAddress? mac = null;
        while (attributes.TryRead(out var attribute))
        {
            if (attribute.Type == NDA_DST)
                address = attribute.Address;
            else if (attribute.Type == NDA_LLADDR)
                mac = attribute.Mac;
        }
        return address is null ? null : Build(header, address, mac);
    }

    static Neighbour Build(NdMsg header, IPAddress address, MacAddress? mac) => new()
    {
        LinkIndex = header.Index,
        Address = address,
        Mac = mac,
        State = (NeighbourState)header.State,
        IsProxy = (header.Flags & NTF_PROXY) != 0,
    };
}
