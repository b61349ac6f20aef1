using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Weft.Proxy.Doors;

/// <summary>The wire of a client's connection, with its bytes counted.</summary>
sealed class CountingPipe(IDuplexPipe wire, Traffic traffic) : IDuplexPipe
{
    public PipeReader Input { get; } = new CountingReader(wire.Input, traffic);

    public PipeWriter Output { get; } = new CountingWriter(wire.Output, traffic);

    sealed class CountingReader(PipeReader inner, Traffic traffic) : PipeReader
    {
        ReadOnlySequence<byte> _buffer;

        public override bool TryRead(out ReadResult result)
        {
            var read = inner.TryRead(out result);
            if (read)
                _buffer = result.Buffer;
            return read;
        }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var pending = inner.ReadAsync(cancellationToken);
            if (!pending.IsCompletedSuccessfully)
                return FinishAsync(pending);
            var result = pending.Result;
            _buffer = result.Buffer;
            return new(result);
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            traffic.In(_buffer.Slice(0, consumed).Length);
            _buffer = default;
            inner.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        async ValueTask<ReadResult> FinishAsync(ValueTask<ReadResult> pending)
        {
            var result = await pending.ConfigureAwait(false);
            _buffer = result.Buffer;
            return result;
        }
    }

    sealed class CountingWriter(PipeWriter inner, Traffic traffic) : PipeWriter
    {
        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override void Advance(int bytes)
        {
            traffic.Out(bytes);
            inner.Advance(bytes);
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
            inner.FlushAsync(cancellationToken);

        public override ValueTask<FlushResult> WriteAsync(
            ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            traffic.Out(source.Length);
            return inner.WriteAsync(source, cancellationToken);
        }

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
    }
}
