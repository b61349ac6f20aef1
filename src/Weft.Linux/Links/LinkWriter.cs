using System.Net.Sockets;
using Weft.Linux.Interop;
using static Weft.Linux.Wire.LinkConstants;

namespace Weft.Linux.Wire;

/// <summary>The bodies of link requests.</summary>
static class LinkWriter
{
    internal static void Header(NetlinkWriter writer, int index = 0, bool? up = null, bool? allMulticast = null)
    {
        var message = new IfInfoMsg { Index = index };
        Flag(ref message, IFF_UP, up);
        Flag(ref message, IFF_ALLMULTI, allMulticast);
        writer.Struct(in message);
    }

    static void Flag(ref IfInfoMsg message, uint flag, bool? wanted)
    {
        if (wanted is not { } set)
            return;
        message.Change |= flag;
        message.Flags |= set ? flag : 0;
    }

    internal static void Target(NetlinkWriter writer, LinkRef link, bool? up = null, bool? allMulticast = null)
    {
        Header(writer, link.Index, up, allMulticast);
        if (link.Name is { } name)
            writer.Text(IFLA_IFNAME, name);
    }

    internal static void Create(NetlinkWriter writer, LinkSpec spec)
    {
        Header(writer, up: spec.Up ? true : null);
        Common(writer, spec, spec.Name, spec.Mac?.ToBytes());
        using (writer.Nest(IFLA_LINKINFO))
            Kind(writer, spec);
    }

    internal static void Update(NetlinkWriter writer, LinkRef link, LinkUpdate update)
    {
        // By index, IFLA_IFNAME means a new name; by name, it finds the link and a new name cannot be given.
        Target(writer, link, update.Up, update.AllMulticast);
        if (update.Name is { } name)
            writer.Text(IFLA_IFNAME, LinkName.Check(name));
        if (update.Mac is { } mac)
            writer.Bytes(IFLA_ADDRESS, mac.ToBytes());
        Number(writer, IFLA_MTU, update.Mtu);
        Number(writer, IFLA_TXQLEN, update.TxQueueLength);
        Number(writer, IFLA_GROUP, update.Group);
        Number(writer, IFLA_MASTER, update.Master);
        if (update.Alias is { } alias)
            writer.Bytes(IFLA_IFALIAS, System.Text.Encoding.UTF8.GetBytes(alias));
        if (update.Namespace is { } ns)
            writer.Int32(IFLA_NET_NS_FD, (int)ns.Fd.DangerousGetHandle());
        if (update.LinkLocalAddress is { } wanted)
            AddressGeneration(writer, wanted);
    }

    static void Common(NetlinkWriter writer, LinkSpec spec, string name, byte[]? mac)
    {
        writer.Text(IFLA_IFNAME, LinkName.Check(name));
        if (mac is not null)
            writer.Bytes(IFLA_ADDRESS, mac);
        Number(writer, IFLA_MTU, spec.Mtu);
        Number(writer, IFLA_TXQLEN, spec.TxQueueLength);
        Number(writer, IFLA_GROUP, spec.Group);
        if (spec is VethSpec veth)
        {
            writer.Int32(IFLA_NUM_TX_QUEUES, veth.Queues);
            writer.Int32(IFLA_NUM_RX_QUEUES, veth.Queues);
        }
    }

    static void Kind(NetlinkWriter writer, LinkSpec spec)
    {
        switch (spec)
        {
            case VethSpec veth:
                writer.Text(IFLA_INFO_KIND, "veth");
                Peer(writer, veth);
                break;
            case VxlanSpec vxlan:
                writer.Text(IFLA_INFO_KIND, "vxlan");
                Vxlan(writer, vxlan.Settings);
                break;
            case BridgeSpec:
                writer.Text(IFLA_INFO_KIND, "bridge");
                break;
            case DummySpec:
                writer.Text(IFLA_INFO_KIND, "dummy");
                break;
            default:
                throw new ArgumentException($"no kind of link: {spec.GetType().Name}", nameof(spec));
        }
    }

    static void Peer(NetlinkWriter writer, VethSpec veth)
    {
        using (writer.Nest(IFLA_INFO_DATA))
        using (writer.Nest(VETH_INFO_PEER))
        {
            Header(writer); // up is refused here: the peer is not tied to this end yet
            Common(writer, veth, veth.PeerName, veth.PeerMac?.ToBytes());
            if (veth.PeerNamespace is { } ns)
                writer.Int32(IFLA_NET_NS_FD, (int)ns.Fd.DangerousGetHandle());
        }
    }

    static void Vxlan(NetlinkWriter writer, VxlanSettings vxlan)
    {
        using (writer.Nest(IFLA_INFO_DATA))
        {
            if (vxlan.CollectMetadata)
                writer.Byte(IFLA_VXLAN_COLLECT_METADATA, 1);
            else
                writer.UInt32(IFLA_VXLAN_ID, vxlan.Id);
            writer.UInt16BigEndian(IFLA_VXLAN_PORT, vxlan.Port);
            writer.Byte(IFLA_VXLAN_LEARNING, vxlan.Learning ? (byte)1 : (byte)0);
            writer.Byte(IFLA_VXLAN_UDP_ZERO_CSUM6_TX, 1);
            writer.Byte(IFLA_VXLAN_UDP_ZERO_CSUM6_RX, 1);
            if (vxlan.Local is { } local)
                writer.Bytes(local.AddressFamily == AddressFamily.InterNetwork ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6,
                    local.GetAddressBytes());
        }
    }

    static void AddressGeneration(NetlinkWriter writer, bool wanted)
    {
        using (writer.Nest(IFLA_AF_SPEC))
        using (writer.Nest(LibcConstants.AF_INET6))
            writer.Byte(IFLA_INET6_ADDR_GEN_MODE, wanted ? IN6_ADDR_GEN_MODE_EUI64 : IN6_ADDR_GEN_MODE_NONE);
    }

    static void Number(NetlinkWriter writer, ushort type, int? value)
    {
        if (value is { } number)
            writer.Int32(type, number);
    }
}
