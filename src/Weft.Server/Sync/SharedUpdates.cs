using System.Runtime.CompilerServices;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;

namespace Weft.Server.Sync;

/// <summary>The messages of deltas that many nodes get: their records are made once.</summary>
/// <remarks>
/// A thousand nodes that are told of the same ten thousand rules would else make ten million records of them. Records are
/// only read once they are made, so that streams may write the same ones at a time.
/// </remarks>
static class SharedUpdates
{
    static readonly ConditionalWeakTable<NodeDelta, Lazy<NodeUpdate[]>> Made = [];

    /// <summary>Messages of the caller's own, which may be given a sequence number, with records that are not.</summary>
    public static IEnumerable<NodeUpdate> Of(NodeDelta delta, int maxRecords) =>
        Made.GetValue(delta, key => new(() => [.. NodeUpdates.Split(key, maxRecords)])).Value.Select(Shell);

    static NodeUpdate Shell(NodeUpdate made)
    {
        var update = new NodeUpdate { Revision = made.Revision, InSync = made.InSync };
        update.Upserts.AddRange(made.Upserts);
        update.Removes.AddRange(made.Removes);
        return update;
    }
}
