using System.Threading.Channels;

namespace Weft.Agent.Flows;

/// <summary>Wakes one who waits; rung when nobody does, it wakes the next one at once.</summary>
sealed class Bell(TimeProvider time)
{
    readonly Channel<bool> _rung = Channel.CreateBounded<bool>(new BoundedChannelOptions(1)
    {
        FullMode = BoundedChannelFullMode.DropWrite,
        SingleReader = true,
    });

    internal void Ring() => _rung.Writer.TryWrite(true);

    /// <summary>Until it is rung, but no longer than so long.</summary>
    internal async Task WaitAsync(TimeSpan longest, CancellationToken cancellation)
    {
        if (_rung.Reader.TryRead(out _))
            return;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(_rung.Reader.WaitToReadAsync(end.Token).AsTask(), Task.Delay(longest, time, end.Token)).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        _rung.Reader.TryRead(out _);
    }
}
