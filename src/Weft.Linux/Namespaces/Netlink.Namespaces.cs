using Weft.Linux.Wire;
using static Weft.Linux.Wire.NetlinkConstants;

namespace Weft.Linux;

public sealed partial class Netlink
{
    const ushort RTM_NEWNSID = 88;
    const ushort RTM_GETNSID = 90;
    const ushort NETNSA_NSID = 1;
    const ushort NETNSA_FD = 3;
    const int NotAssigned = -1;

    /// <summary>The number under which this namespace knows another (<see cref="Link.PeerNamespaceId"/>); null: it has
    /// none, so no link leads from here to there.</summary>
    public int? FindNamespaceId(NetNs other) =>
        Get("get namespace id", RTM_GETNSID, w => EncodeNamespace(w, other), DecodeNamespaceId) is { Id: >= 0 } found
            ? found.Id
            : null;

    /// <summary>Gives another namespace a number here, or hands back the one it has.</summary>
    public int AssignNamespaceId(NetNs other)
    {
        if (FindNamespaceId(other) is { } known)
            return known;
        Submit(new NetlinkBatch().Add("assign namespace id", RTM_NEWNSID, NLM_F_CREATE, w =>
        {
            EncodeNamespace(w, other);
            w.Int32(NETNSA_NSID, NotAssigned); // the kernel chooses
        }).Ignoring(Interop.Errno.EEXIST));
        return FindNamespaceId(other) ?? throw new LinuxException("assign namespace id", Interop.Errno.ENOENT);
    }

    static void EncodeNamespace(NetlinkWriter writer, NetNs other)
    {
        writer.Struct(0); // struct rtgenmsg, padded
        writer.Int32(NETNSA_FD, (int)other.Fd.DangerousGetHandle());
    }

    static NamespaceId? DecodeNamespaceId(NetlinkMessage message)
    {
        message.Header<int>(out var attributes);
        while (attributes.TryRead(out var attribute))
        {
            if (attribute.Type == NETNSA_NSID)
                return new NamespaceId(attribute.Int32);
        }
        return null;
    }

    sealed record NamespaceId(int Id);
}
