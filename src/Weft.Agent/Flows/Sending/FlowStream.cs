using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Weft.Protocol.Mapping;
using Weft.Protocol.V1;

namespace Weft.Agent.Flows;

/// <summary>One stream to the server: sends batches in order, so many ahead of what is acknowledged, and a sign of life when there are none.</summary>
sealed class FlowStream(
    AsyncDuplexStreamingCall<FlowBatch, FlowReply> call, FlowSpool spool, SendingBoard board, ClockOffset clock, FlowSenderOptions options, TimeProvider time)
{
    readonly Bell _bell = new(time);
    readonly ByteString _series = WireBytes.Of(spool.Series);
    byte[] _buffer = [];
    ulong _sent; // in this stream
    ulong _acknowledged;
    long _bytesSent;
    readonly Queue<(ulong Number, long Bytes)> _inFlight = new();
    bool _greeted;

    /// <summary>The only batch that is on its way; null: none, or more than one.</summary>
    internal ulong? Alone
    {
        get
        {
            lock (_inFlight)
                return _inFlight.Count == 1 ? _inFlight.Peek().Number : null;
        }
    }

    /// <summary>The newest batch of this stream.</summary>
    internal ulong Newest => _sent;

    /// <summary>The server has acknowledged something of this stream.</summary>
    internal bool HasProgress { get; private set; }

    internal void Wake() => _bell.Ring();

    /// <summary>Until either direction ends.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var sending = SendAsync(ending.Token);
        var reading = ReadAsync(ending.Token);
        var first = await Task.WhenAny(sending, reading).ConfigureAwait(false);
        // Writing fails when the server has ended the stream; why, only reading tells.
        if (first == sending)
            await Task.WhenAny(reading, Task.Delay(options.LastWords, time, cancellation)).ConfigureAwait(false);
        var why = reading.IsCompleted ? reading : first;
        await ending.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(sending, reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await why.ConfigureAwait(false);
    }

    async Task SendAsync(CancellationToken cancellation)
    {
        await TellAsync(default, 0, default, cancellation).ConfigureAwait(false);
        var told = time.GetTimestamp();
        while (true)
        {
            if (HasRoom && spool.Next(_sent) is { } batch)
            {
                await SendAsync(batch, cancellation).ConfigureAwait(false);
                told = time.GetTimestamp();
                continue;
            }
            var quiet = time.GetElapsedTime(told);
            if (quiet >= options.LifeSign)
            {
                await TellAsync(default, 0, default, cancellation).ConfigureAwait(false);
                told = time.GetTimestamp();
                quiet = TimeSpan.Zero;
            }
            await _bell.WaitAsync(options.LifeSign - quiet, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Nothing goes before the server has said what it has already.</summary>
    bool HasRoom
    {
        get
        {
            lock (_inFlight)
                return _greeted && (_inFlight.Count == 0 || _sent >= board.OneByOneUpTo && _inFlight.Count < options.BatchesAhead && _bytesSent < options.BytesAhead);
        }
    }

    async Task SendAsync(SpooledBatch batch, CancellationToken cancellation)
    {
        var records = spool.Read(batch, ref _buffer);
        _sent = batch.Number;
        if (records.IsEmpty)
            return;
        lock (_inFlight)
        {
            _inFlight.Enqueue((batch.Number, batch.FileBytes));
            _bytesSent += batch.FileBytes;
        }
        spool.MarkSent(batch.Number);
        await TellAsync(batch, batch.Number, records, cancellation).ConfigureAwait(false);
    }

    async Task TellAsync(SpooledBatch batch, ulong number, ReadOnlyMemory<byte> records, CancellationToken cancellation)
    {
        var message = new FlowBatch
        {
            Series = _series,
            Number = number,
            Records = UnsafeByteOperations.UnsafeWrap(records), // written to the wire before the buffer is used again
            Count = (uint)batch.Tally.Records,
            Sent = time.GetUtcNow().ToTimestamp(),
            ClockOffsetMicroseconds = batch.ClockOffset,
            WaitingBytes = (ulong)spool.Waiting.Bytes,
        };
        foreach (var (place, count) in board.Losses())
            message.Losses[place] = count;
        await call.RequestStream.WriteAsync(message, cancellation).ConfigureAwait(false);
    }

    async Task ReadAsync(CancellationToken cancellation)
    {
        while (await call.ResponseStream.MoveNext(cancellation).ConfigureAwait(false))
            Take(call.ResponseStream.Current);
    }

    void Take(FlowReply reply)
    {
        if (reply is { BatchSent: { } sent, BatchReceived: { } received, Replied: { } replied })
            clock.Add(sent.ToDateTimeOffset(), received.ToDateTimeOffset(), replied.ToDateTimeOffset(), time.GetUtcNow());
        board.Refused = reply.Refused;
        if (!reply.Series.Equals(_series))
            return;
        spool.Acknowledge(reply.Acknowledged);
        lock (_inFlight)
        {
            HasProgress |= reply.Acknowledged > _acknowledged && _greeted;
            _acknowledged = Math.Max(_acknowledged, reply.Acknowledged);
            _greeted = true;
            while (_inFlight.TryPeek(out var oldest) && oldest.Number <= reply.Acknowledged)
                _bytesSent -= _inFlight.Dequeue().Bytes;
        }
        _bell.Ring();
    }
}
