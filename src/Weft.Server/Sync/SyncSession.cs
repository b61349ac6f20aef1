using System.Diagnostics;
using System.Net;
using Grpc.Core;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;
using Weft.Server.Commits;
using Weft.Server.Status;

namespace Weft.Server.Sync;

/// <summary>One stream of one node, from its hello to its end.</summary>
sealed class SyncSession(
    Node node, NodeStateHub hub, StatusBoard board, TraceBoard traces, Cluster cluster, TimeProvider time)
{
    const int RecordsPerMessage = 500;

    public async Task RunAsync(
        IAsyncStreamReader<AgentReport> reports, IServerStreamWriter<NodeUpdate> updates, CancellationToken cancellationToken)
    {
        if (!await reports.MoveNext(cancellationToken) || reports.Current.Hello is not { } hello)
            throw new RpcException(new(StatusCode.InvalidArgument, "a stream begins with a hello"));
        await WelcomeAsync(hello, cancellationToken);
        var subscription = hub.Subscribe(node.Name);
        var recorder = new StatusRecorder(node.Name, subscription, hub, board, cluster, time);
        recorder.Connected(hello.Version);
        using var traced = traces.Connect(node.Name, subscription.Trace);
        try
        {
            await BothAsync(subscription, recorder, reports, updates, cancellationToken);
        }
        finally
        {
            if (hub.Unsubscribe(subscription))
                recorder.Disconnected();
        }
    }

    /// <summary>Until either direction ends; why it did is the answer.</summary>
    async Task BothAsync(
        NodeSubscription subscription, StatusRecorder recorder,
        IAsyncStreamReader<AgentReport> reports, IServerStreamWriter<NodeUpdate> updates, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = SendAsync(subscription, updates, ending.Token);
        var receiving = ReceiveAsync(recorder, reports, ending.Token);
        var first = await Task.WhenAny(sending, receiving);
        await ending.CancelAsync();
        // Both must be over before the call is: they use its streams. A read that does not end by its
        // token ends with the call.
        if (first == receiving)
            await sending.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await first;
    }

    static async Task SendAsync(NodeSubscription subscription, IServerStreamWriter<NodeUpdate> updates, CancellationToken cancellationToken)
    {
        for (ulong sequence = 0; ;)
        {
            var news = await subscription.NextAsync(cancellationToken);
            var (delta, isShared) = news;
            if (news.Trace is not null || news.IsHail)
            {
                var ask = new NodeUpdate { Revision = subscription.SentRevision, Sequence = ++sequence, Trace = news.Trace, Hail = news.IsHail };
                await updates.WriteAsync(ask, cancellationToken);
                continue;
            }
            var messages = isShared ? SharedUpdates.Of(delta, RecordsPerMessage) : NodeUpdates.Split(delta, RecordsPerMessage);
            using var span = ServerTraces.Start("tell node", news.Cause, ActivityKind.Producer)?.SetTag("weft.node", subscription.Node);
            foreach (var update in messages)
            {
                update.Sequence = ++sequence;
                update.Traceparent = ServerTraces.Parent(span?.Context ?? default);
                await updates.WriteAsync(update, cancellationToken);
            }
            subscription.MarkSent(delta.Revision);
        }
    }

    async Task ReceiveAsync(StatusRecorder recorder, IAsyncStreamReader<AgentReport> reports, CancellationToken cancellationToken)
    {
        while (await reports.MoveNext(cancellationToken))
            switch (reports.Current.ReportCase)
            {
                case AgentReport.ReportOneofCase.Hello:
                    await WelcomeAsync(reports.Current.Hello, cancellationToken);
                    break;
                case AgentReport.ReportOneofCase.Status:
                    recorder.Record(reports.Current.Status);
                    break;
                case AgentReport.ReportOneofCase.Trace:
                    traces.Report(node.Name, reports.Current.Trace);
                    break;
            }
    }

    /// <summary>Tells the cluster when the node's fabric has changed.</summary>
    async Task WelcomeAsync(Hello hello, CancellationToken cancellationToken)
    {
        var (address, mtu) = (WireBytes.ToAddress(hello.FabricAddress, "fabric_address"), Records.ToMtu(hello.FabricMtu, "fabric_mtu"));
        while (cluster.Current.Find<Node>(ResourceKey.Node(node.Name)) is { } current && IsOther(current, address, mtu))
        {
            var write = new Write.Put(current with { FabricAddress = address, FabricMtu = mtu })
            {
                Mode = PutMode.Replace,
                IfRevision = current.Revision,
            };
            var outcome = await cluster.ApplyAsync(write, cancellationToken);
            if (outcome is Outcome.Committed)
                return;
            if (outcome is not (Outcome.RevisionMismatch or Outcome.NotFound))
                throw Refusals.Of(outcome);
        }
    }

    static bool IsOther(Node current, IPAddress address, int mtu) =>
        !address.Equals(current.FabricAddress) || current.FabricMtu != mtu;
}
