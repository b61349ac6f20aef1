using Weft.Compiler;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;
using Weft.Server.Commits;

namespace Weft.Server.Sync;

/// <summary>Networks that a driver on a node makes and deletes.</summary>
sealed class NetworkCalls(Cluster cluster)
{
    public async Task<NetworkRecord> CreateAsync(CreateNetworkRequest request, CancellationToken cancellationToken)
    {
        var document = new Network
        {
            Project = request.Project.Length == 0 ? ProjectResource.DefaultProject : request.Project,
            Name = request.Name,
            Subnets = [.. request.Subnets.Select(Records.ToModel)],
            Internal = request.Internal,
            ExternalIpam = request.ExternalIpam,
            Mtu = Records.ToMtu(request.Mtu, "mtu"),
            ExternalGateway = WayOut(request),
        };
        var write = new Write.Put(document)
        {
            Mode = request.OrExisting ? PutMode.CreateOrExisting : PutMode.Create,
            MakeProject = true,
        };
        var outcome = await cluster.ApplyAsync(write, cancellationToken);
        return outcome is Outcome.Committed { Resource: Network network } committed
            ? Records.ToRecord(WaysOut.Of(committed.Snapshot).Of(network))
            : throw Refusals.Of(outcome);
    }

    /// <summary>Who has taken away the default external network means that nothing goes out unless it is said.</summary>
    ExternalGateway? WayOut(CreateNetworkRequest request) =>
        request.Egress && cluster.Current.All<ExternalNetwork>().Any(external => external.Default) ? new() : null;

    public async Task<DeleteReply> DeleteAsync(DeleteNetworkRequest request, CancellationToken cancellationToken)
    {
        var uid = WireBytes.ToUid(request.Uid, "uid");
        return cluster.Current.Find<Network>(uid) is { } network
            ? await Deletion.RunAsync(cluster, new(ResourceKey.Of(network)) { Uid = uid }, cancellationToken)
            : new();
    }
}
