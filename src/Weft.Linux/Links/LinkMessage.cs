using Weft.Linux.Interop;
using static Weft.Linux.Wire.LinkConstants;

namespace Weft.Linux.Wire;

/// <summary>RTM_NEWLINK and RTM_DELLINK, as the kernel sends them.</summary>
static class LinkMessage
{
    internal static Link Decode(NetlinkMessage message)
    {
        var header = message.Header<IfInfoMsg>(out var attributes);
        var link = new Link
        {
            Index = header.Index,
            Name = "",
            IsUp = (header.Flags & IFF_UP) != 0,
            HasCarrier = (header.Flags & IFF_LOWER_UP) != 0,
            IsLoopback = (header.Flags & IFF_LOOPBACK) != 0,
            AllMulticast = (header.Flags & IFF_ALLMULTI) != 0,
        };
        while (attributes.TryRead(out var attribute))
            link = With(link, attribute);
        return link;
    }

    /// <summary>Links only; a bridge's notices about its ports come as the same type in another family.</summary>
    internal static bool IsLink(NetlinkMessage message) =>
        message.Type is RTM_NEWLINK or RTM_DELLINK
            && message.Header<IfInfoMsg>(out _).Family == LibcConstants.AF_UNSPEC;

    static Link With(Link link, NetlinkAttribute attribute) => attribute.Type switch
    {
        IFLA_IFNAME => link with { Name = attribute.Text },
        IFLA_ADDRESS => link with { Mac = attribute.Mac },
        IFLA_MTU => link with { Mtu = attribute.Int32 },
        IFLA_LINK => link with { PeerIndex = attribute.Int32 },
        IFLA_LINK_NETNSID => link with { PeerNamespaceId = attribute.Int32 },
        IFLA_MASTER => link with { Master = attribute.Int32 },
        IFLA_IFALIAS => link with { Alias = attribute.Text },
        IFLA_GROUP => link with { Group = attribute.Int32 },
        IFLA_TXQLEN => link with { TxQueueLength = attribute.Int32 },
        IFLA_NUM_TX_QUEUES => link with { TxQueues = attribute.Int32 },
        IFLA_NUM_RX_QUEUES => link with { RxQueues = attribute.Int32 },
        IFLA_LINKINFO => WithInfo(link, attribute.Nested),
        _ => link,
    };

    static Link WithInfo(Link link, AttributeReader info)
    {
        while (info.TryRead(out var attribute))
        {
            if (attribute.Type == IFLA_INFO_KIND)
                link = link with { Kind = attribute.Text };
            else if (attribute.Type == IFLA_INFO_DATA && link.Kind == "vxlan")
                link = link with { Vxlan = Vxlan(attribute.Nested) };
        }
        return link;
    }

    static VxlanSettings Vxlan(AttributeReader data)
    {
        var vxlan = new VxlanSettings();
        while (data.TryRead(out var attribute))
        {
            vxlan = attribute.Type switch
            {
                IFLA_VXLAN_ID => vxlan with { Id = attribute.UInt32 },
                IFLA_VXLAN_PORT => vxlan with { Port = attribute.UInt16BigEndian },
                IFLA_VXLAN_COLLECT_METADATA => vxlan with { CollectMetadata = attribute.Bytes is not [0, ..] },
                IFLA_VXLAN_LEARNING => vxlan with { Learning = attribute.Byte != 0 },
                IFLA_VXLAN_LOCAL or IFLA_VXLAN_LOCAL6 => vxlan with { Local = attribute.Address },
                _ => vxlan,
            };
        }
        return vxlan;
    }
}
