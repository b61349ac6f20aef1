using System.Collections.Immutable;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Weft.Analytics.Storage;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;

namespace Weft.Server.Flows;

/// <summary>One stream of flow records of one node.</summary>
/// <remarks>
/// Reads no further while the intake has no room: that is all of back-pressure. Replies say how far everything is safe, one
/// for all that has happened since the last.
/// </remarks>
sealed class FlowSession(string node, FlowIntake intake, FlowBoard board, TimeProvider time)
{
    static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    readonly Lock _lock = new();
    volatile FlowSeries? _series;
    FlowBatch? _newest; // without its records
    DateTimeOffset _received;
    volatile string _doubt = ""; // the store does not say how far the series is

    /// <summary>Until the node ends it, or it has to be ended.</summary>
    internal async Task RunAsync(
        IAsyncStreamReader<FlowBatch> batches, IServerStreamWriter<FlowReply> replies, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var replying = ReplyAsync(replies, ending.Token);
        var reading = ReadAsync(batches, ending.Token);
        try
        {
            var first = await Task.WhenAny(replying, reading);
            await ending.CancelAsync();
            // Both use the call's streams; a read that does not end by its token ends with the call.
            if (first == reading)
                await replying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await first;
        }
        finally
        {
            _series?.Detach(Ring);
        }
    }

    void Ring() => _news.Writer.TryWrite(true);

    async Task ReadAsync(IAsyncStreamReader<FlowBatch> batches, CancellationToken cancellation)
    {
        while (await batches.MoveNext(cancellation))
        {
            var batch = batches.Current;
            var received = time.GetUtcNow();
            board.Heard(
                node, batch.Count, batch.Losses.ToImmutableSortedDictionary(StringComparer.Ordinal), batch.WaitingBytes,
                TimeSpan.FromMicroseconds(batch.ClockOffsetMicroseconds));
            lock (_lock)
                (_newest, _received) = (new() { Sent = batch.Sent }, received);
            var series = await FollowAsync(WireBytes.ToUid(batch.Series, "series"), cancellation);
            if (batch.Records.IsEmpty || batch.Number <= series.Stored)
            {
                Ring();
                continue;
            }
            await intake.OfferAsync(series, new(node, series.Uid, batch.Number, Read(batch)), cancellation);
        }
    }

    async Task<FlowSeries> FollowAsync(Guid uid, CancellationToken cancellation)
    {
        while (_series?.Uid != uid)
        {
            _series?.Detach(Ring);
            _series = null;
            try
            {
                var attaching = intake.AttachAsync(uid, Ring, cancellation);
                if (!attaching.IsCompleted)
                    Ring(); // the node is told why it waits, when there is a reason
                _series = await attaching;
                _doubt = "";
            }
            catch (FlowStoreException failure)
            {
                _doubt = failure.Message;
                Ring();
                await Task.Delay(AskAgain, time, cancellation);
            }
        }
        return _series;
    }

    Apache.Arrow.RecordBatch Read(FlowBatch batch)
    {
        try
        {
            return NodeColumn.Sign(Weft.Flows.FlowBatch.Read(batch.Records.Memory), node);
        }
        catch (InvalidDataException failure)
        {
            board.CountUnreadable();
            throw new RpcException(new(StatusCode.InvalidArgument, $"batch {batch.Number}: {failure.Message}"));
        }
    }

    async Task ReplyAsync(IServerStreamWriter<FlowReply> replies, CancellationToken cancellation)
    {
        while (await _news.Reader.WaitToReadAsync(cancellation))
        {
            _news.Reader.TryRead(out _);
            var series = _series;
            if (series?.Fault is { } fault)
                throw new RpcException(new(StatusCode.InvalidArgument, $"batch {series.Stored + 1} or one behind it cannot be stored: {fault}"));
            await replies.WriteAsync(Reply(series), cancellation);
        }
    }

    /// <param name="series">Null: nothing is known of it yet.</param>
    FlowReply Reply(FlowSeries? series)
    {
        lock (_lock)
        {
            return new()
            {
                Series = series is null ? Google.Protobuf.ByteString.Empty : WireBytes.Of(series.Uid),
                Acknowledged = series?.Stored ?? 0,
                BatchSent = _newest?.Sent,
                BatchReceived = _newest is null ? null : _received.ToTimestamp(),
                Replied = time.GetUtcNow().ToTimestamp(),
                Refused = intake.Refused.Length > 0 ? intake.Refused : _doubt,
            };
        }
    }
}
