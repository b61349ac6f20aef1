using Weft.Linux.Wire;
using static Weft.Linux.Wire.LinkConstants;
using static Weft.Linux.Wire.NetlinkConstants;

namespace Weft.Linux;

public sealed partial class NetlinkBatch
{
    /// <summary>Makes an interface (a pair, for veth). EEXIST: the name is taken.</summary>
    public NetlinkBatch CreateLink(LinkSpec spec)
    {
        Add($"create link {spec.Name}", RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, w => LinkWriter.Create(w, spec));
        // The kernel takes no alias at creation.
        return spec.Alias is { } alias ? UpdateLink(spec.Name, new LinkUpdate { Alias = alias }) : this;
    }

    /// <summary>Changes an interface. A new name can be given only to one addressed by its index.</summary>
    public NetlinkBatch UpdateLink(LinkRef link, LinkUpdate update)
    {
        if (link.Name is not null && update.Name is not null)
            throw new ArgumentException("rename an interface by its index", nameof(update));
        return Add($"change link {link}", RTM_SETLINK, 0, w => LinkWriter.Update(w, link, update));
    }

    public NetlinkBatch SetUp(LinkRef link) => UpdateLink(link, new LinkUpdate { Up = true });

    public NetlinkBatch SetDown(LinkRef link) => UpdateLink(link, new LinkUpdate { Up = false });

    /// <summary>Removes an interface (a veth with its peer). ENODEV: there is none.</summary>
    public NetlinkBatch DeleteLink(LinkRef link) =>
        Add($"delete link {link}", RTM_DELLINK, 0, w => LinkWriter.Target(w, link));

    /// <summary>
    /// Removes all interfaces of a group together, for the price of one: the kernel waits once for its readers and
    /// not once for each. ENODEV: there are none.
    /// </summary>
    public NetlinkBatch DeleteLinkGroup(int group) => Add($"delete links of group {group}", RTM_DELLINK, 0, w =>
    {
        LinkWriter.Header(w);
        w.Int32(IFLA_GROUP, group);
    });
}
