using Weft.Protocol.V1;
using Weft.Server.Commits;

namespace Weft.Server.Sync;

/// <summary>Deletions that a driver repeats until they are done: what is gone already is no error.</summary>
static class Deletion
{
    public static async Task<DeleteReply> RunAsync(Cluster cluster, Write.Delete delete, CancellationToken cancellationToken) =>
        await cluster.ApplyAsync(delete, cancellationToken) switch
        {
            Outcome.Committed committed => new() { Revision = committed.Snapshot.Revision },
            Outcome.NotFound => new(),
            var refused => throw Refusals.Of(refused),
        };
}
