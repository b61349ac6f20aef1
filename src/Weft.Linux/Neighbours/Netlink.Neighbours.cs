using System.Net.Sockets;
using Weft.Linux.Wire;
using static Weft.Linux.Wire.NetlinkConstants;
using static Weft.Linux.Wire.NeighbourMessage;

namespace Weft.Linux;

public sealed partial class NetlinkBatch
{
    /// <summary>Adds a neighbour or changes the one that is there.</summary>
    public NetlinkBatch SetNeighbour(Neighbour neighbour) =>
        Add($"set neighbour {neighbour}", RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, w => Encode(w, neighbour));

    /// <summary>Removes a neighbour. ENOENT: it is not there.</summary>
    public NetlinkBatch DeleteNeighbour(Neighbour neighbour) =>
        Add($"delete neighbour {neighbour}", RTM_DELNEIGH, 0,
            w => Encode(w, neighbour with { Mac = null, State = NeighbourState.None }));
}

public sealed partial class Netlink
{
    /// <summary>Neighbours on a link (0: on all), of one family or of both.</summary>
    public IReadOnlyList<Neighbour> ListNeighbours(
        int linkIndex = 0, AddressFamily family = AddressFamily.Unspecified)
    {
        var header = new NdMsg { Family = IPFamily.Of(family) };
        return Dump("list neighbours", RTM_GETNEIGH, w => w.Struct(in header),
            message => message.Type == RTM_NEWNEIGH
                && Decode(message) is { } neighbour
                && (linkIndex == 0 || neighbour.LinkIndex == linkIndex) ? neighbour : null);
    }

    /// <inheritdoc cref="NetlinkBatch.SetNeighbour"/>
    public void SetNeighbour(Neighbour neighbour) => Submit(new NetlinkBatch().SetNeighbour(neighbour));

    /// <inheritdoc cref="NetlinkBatch.DeleteNeighbour"/>
    public void DeleteNeighbour(Neighbour neighbour) => Submit(new NetlinkBatch().DeleteNeighbour(neighbour));
}
