namespace Weft.Server.Flows;

/// <summary>Bytes that may be held at a time; who wants more waits, in turn. Safe for any number of threads.</summary>
sealed class ByteBudget(long limit)
{
    readonly Lock _lock = new();
    readonly LinkedList<Claim> _waiting = [];
    long _held;

    internal long Held
    {
        get
        {
            lock (_lock)
                return _held;
        }
    }

    /// <summary>Somebody waits: what is held is not going to grow.</summary>
    internal bool IsShort
    {
        get
        {
            lock (_lock)
                return _waiting.Count > 0;
        }
    }

    /// <summary>More than the whole is granted when nothing else is held.</summary>
    internal async Task TakeAsync(long bytes, CancellationToken cancellation)
    {
        LinkedListNode<Claim> claim;
        lock (_lock)
        {
            if (_waiting.Count == 0 && Fits_NeedsLock(bytes))
            {
                _held += bytes;
                return;
            }
            claim = _waiting.AddLast(new Claim(bytes, new(TaskCreationOptions.RunContinuationsAsynchronously)));
        }
        await using var end = cancellation.Register(() => Cancel(claim, cancellation));
        await claim.Value.Granted.Task.ConfigureAwait(false);
    }

    internal void Give(long bytes)
    {
        lock (_lock)
        {
            _held -= bytes;
            Grant_NeedsLock();
        }
    }

    void Cancel(LinkedListNode<Claim> claim, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (claim.List is null)
                return; // it has been granted
            _waiting.Remove(claim);
            claim.Value.Granted.TrySetCanceled(cancellation);
            Grant_NeedsLock();
        }
    }

    void Grant_NeedsLock()
    {
        while (_waiting.First is { } first && Fits_NeedsLock(first.Value.Bytes))
        {
            _waiting.RemoveFirst();
            _held += first.Value.Bytes;
            first.Value.Granted.TrySetResult();
        }
    }

    bool Fits_NeedsLock(long bytes) => _held == 0 || _held + bytes <= limit;

    sealed record Claim(long Bytes, TaskCompletionSource Granted);
}
