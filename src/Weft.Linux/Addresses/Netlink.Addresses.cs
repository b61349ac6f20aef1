using System.Net.Sockets;
using Weft.Linux.Wire;

namespace Weft.Linux;

public sealed partial class Netlink
{
    /// <summary>Addresses of a link (0: of all), of one family or of both.</summary>
    public IReadOnlyList<InterfaceAddress> ListAddresses(
        int linkIndex = 0, AddressFamily family = AddressFamily.Unspecified)
    {
        var header = new IfAddrMsg { Family = IPFamily.Of(family), Index = linkIndex };
        return Dump("list addresses", AddressMessage.RTM_GETADDR, w => w.Struct(in header), DecodeAddress);
    }

    /// <inheritdoc cref="NetlinkBatch.SetAddress"/>
    public void SetAddress(InterfaceAddress address) => Submit(new NetlinkBatch().SetAddress(address));

    /// <inheritdoc cref="NetlinkBatch.DeleteAddress"/>
    public void DeleteAddress(InterfaceAddress address) => Submit(new NetlinkBatch().DeleteAddress(address));

    static InterfaceAddress? DecodeAddress(NetlinkMessage message) =>
        message.Type == AddressMessage.RTM_NEWADDR ? AddressMessage.Decode(message) : null;
}
