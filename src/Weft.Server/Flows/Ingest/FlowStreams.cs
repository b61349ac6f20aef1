using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Weft.Protocol.V1;

namespace Weft.Server.Flows;

/// <summary>The streams of nodes that send flow records.</summary>
public sealed class FlowStreams(FlowIntake intake, FlowBoard board, IHostApplicationLifetime life, TimeProvider time)
{
    /// <summary>Until the node ends it, or the server does.</summary>
    /// <param name="node">Name, by its certificate.</param>
    /// <param name="batches">What it sends.</param>
    /// <param name="replies">What is safe.</param>
    /// <param name="cancellation">Of the call.</param>
    /// <exception cref="RpcException">InvalidArgument: a batch can be read or stored by nobody.</exception>
    public async Task RunAsync(
        string node, IAsyncStreamReader<FlowBatch> batches, IServerStreamWriter<FlowReply> replies, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, life.ApplicationStopping);
        try
        {
            await new FlowSession(node, intake, board, time).RunAsync(batches, replies, ending.Token);
        }
        catch (OperationCanceledException) when (life.ApplicationStopping.IsCancellationRequested)
        {
            throw new RpcException(new(StatusCode.Unavailable, "the server is stopping"));
        }
    }
}
