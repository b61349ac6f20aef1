using Grpc.Core;
using Weft.Model.Resources;
using Weft.Protocol;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;
using Weft.Server.Commits;
using Weft.Server.Enrollment;
using Weft.Server.Flows;
using Weft.Server.Status;
using Weft.Store;

namespace Weft.Server.Sync;

/// <summary>The gRPC face of everything between a node and the server. Every call is the node's of the client certificate.</summary>
public sealed class AgentsService(
    NodeAuthenticator authenticator, CertificateAuthority authority, NodeStateHub hub, StatusBoard board, TraceBoard traces, Cluster cluster,
    TimeProvider time, FlowStreams? flows = null)
    : Agents.AgentsBase
{
    readonly NetworkCalls _networks = new(cluster);
    readonly PortCalls _ports = new(cluster, new(cluster));
    readonly OfferCalls _offers = new(cluster);
    readonly AddressCalls _addresses = new(cluster);

    public override async Task Sync(
        IAsyncStreamReader<AgentReport> requestStream, IServerStreamWriter<NodeUpdate> responseStream, ServerCallContext context) =>
        await AnswerAsync(context, async node =>
        {
            await new SyncSession(node, hub, board, traces, cluster, time).RunAsync(requestStream, responseStream, context.CancellationToken);
            return true;
        });

    public override Task<JoinReply> Renew(RenewRequest request, ServerCallContext context) => AnswerAsync(context, node =>
    {
        var key = EnrollmentService.ReadKey(request.CertificateRequest);
        if (Fingerprints.OfKey(key) != node.Key)
            throw FaultTrailer.ToException(
                StatusCode.InvalidArgument, [new("certificate_request", "is of another key than the node's; to change keys, join again")]);
        using var certificate = authority.IssueNode(node.Name, key);
        return Task.FromResult(EnrollmentService.Reply(authority, certificate, node));
    });

    public override Task<NetworkRecord> CreateNetwork(CreateNetworkRequest request, ServerCallContext context) =>
        AnswerAsync(context, _ => _networks.CreateAsync(request, context.CancellationToken));

    public override Task<DeleteReply> DeleteNetwork(DeleteNetworkRequest request, ServerCallContext context) =>
        AnswerAsync(context, _ => _networks.DeleteAsync(request, context.CancellationToken));

    public override Task<PortRecord> CreatePort(CreatePortRequest request, ServerCallContext context) =>
        AnswerAsync(context, node => _ports.CreateAsync(node, request, context.CancellationToken));

    public override Task<PortRecord> UpdatePort(UpdatePortRequest request, ServerCallContext context) =>
        AnswerAsync(context, node => _ports.UpdateAsync(node, request, context.CancellationToken));

    public override Task<DeleteReply> DeletePort(DeletePortRequest request, ServerCallContext context) =>
        AnswerAsync(context, node => _ports.DeleteAsync(node, request, context.CancellationToken));

    public override Task<OfferReply> Offer(OfferRequest request, ServerCallContext context) =>
        AnswerAsync(context, node => _offers.OfferAsync(node, request, context.CancellationToken));

    public override Task<ReservedAddress> ReserveAddress(ReserveAddressRequest request, ServerCallContext context) =>
        AnswerAsync(context, node => _addresses.ReserveAsync(node, request, context.CancellationToken));

    public override Task<DeleteReply> ReleaseAddress(ReleaseAddressRequest request, ServerCallContext context) =>
        AnswerAsync(context, node => _addresses.ReleaseAsync(node, request, context.CancellationToken));

    public override Task<ListReservationsReply> ListReservations(ListReservationsRequest request, ServerCallContext context) =>
        AnswerAsync(context, node => Task.FromResult(_addresses.List(node)));

    public override Task SendFlows(
        IAsyncStreamReader<FlowBatch> requestStream, IServerStreamWriter<FlowReply> responseStream, ServerCallContext context) =>
        AnswerAsync(context, async node =>
        {
            if (flows is null)
                throw new RpcException(new(StatusCode.Unimplemented, "this server keeps no flow records"));
            await flows.RunAsync(node.Name, requestStream, responseStream, context.CancellationToken);
            return true;
        });

    async Task<T> AnswerAsync<T>(ServerCallContext context, Func<Node, Task<T>> answer)
    {
        try
        {
            return await answer(authenticator.Authenticate(context));
        }
        catch (MalformedRecordException e)
        {
            throw Refusals.Of(e);
        }
        catch (StoreException e)
        {
            throw new RpcException(new(StatusCode.Unavailable, $"the store failed, so whether this was done is not known: {e.Message}"));
        }
    }
}
