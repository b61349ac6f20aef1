using Weft.Linux.Interop;
using Weft.Linux.Wire;
using static Weft.Linux.Wire.LinkConstants;

namespace Weft.Linux;

public sealed partial class Netlink
{
    /// <summary>All interfaces of the namespace.</summary>
    public IReadOnlyList<Link> ListLinks() => Dump("list links", RTM_GETLINK, EncodeLinkDump, DecodeLink);

    /// <summary>Null: no such interface.</summary>
    public Link? FindLink(LinkRef link)
    {
        try
        {
            return GetLink(link);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENODEV)
        {
            return null;
        }
    }

    /// <exception cref="LinuxException">ENODEV: no such interface.</exception>
    public Link GetLink(LinkRef link) =>
        Get($"get link {link}", RTM_GETLINK, writer => EncodeLinkGet(writer, link), DecodeLink)
            ?? throw new LinuxException($"get link {link}", Errno.ENODEV);

    /// <inheritdoc cref="NetlinkBatch.CreateLink"/>
    public void CreateLink(LinkSpec spec) => Submit(new NetlinkBatch().CreateLink(spec));

    /// <inheritdoc cref="NetlinkBatch.UpdateLink"/>
    public void UpdateLink(LinkRef link, LinkUpdate update) => Submit(new NetlinkBatch().UpdateLink(link, update));

    /// <summary>Switches offloads off by the names that ethtool -k shows; what the kernel does not know is passed over.</summary>
    /// <exception cref="LinuxException">ENODEV: no such interface.</exception>
    public void SwitchOffloadsOff(string link, params ReadOnlySpan<string> features) =>
        _socket.SwitchOffloadsOff(link, features);

    public void SetUp(LinkRef link) => Submit(new NetlinkBatch().SetUp(link));

    public void SetDown(LinkRef link) => Submit(new NetlinkBatch().SetDown(link));

    /// <summary>Removes an interface; false: there was none.</summary>
    public bool DeleteLink(LinkRef link)
    {
        var failure = Execute(new NetlinkBatch().DeleteLink(link))[0];
        return failure switch
        {
            null => true,
            { Errno: Errno.ENODEV } => false,
            _ => throw failure,
        };
    }

    static void EncodeLinkDump(NetlinkWriter writer)
    {
        LinkWriter.Header(writer);
        writer.UInt32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    }

    static void EncodeLinkGet(NetlinkWriter writer, LinkRef link)
    {
        LinkWriter.Target(writer, link);
        writer.UInt32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    }

    static Link? DecodeLink(NetlinkMessage message) => LinkMessage.IsLink(message) ? LinkMessage.Decode(message) : null;
}
