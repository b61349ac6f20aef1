using Grpc.Core;
using Weft.Compiler;
using Weft.Model.State;

namespace Weft.Server.Sync;

/// <summary>What one node still has to be told.</summary>
/// <remarks>
/// Deltas that come while the node is being told others are joined into one, so memory is bounded by the
/// records concerned. Only removals of what the node never saw could pile up without bound: then it is
/// cheaper to begin anew.
/// </remarks>
sealed class NodeSubscription(string node, NodeDelta full)
{
    const int LeastBound = 10_000;

    readonly int _bound = Math.Max(LeastBound, 2 * full.Count);
    readonly Lock _lock = new();
    readonly NodeDeltaBuilder _pending = new();
    TaskCompletionSource _signal = NewSignal(isSet: true);
    NodeDelta? _full = full;
    long _revision = full.Revision;
    RpcException? _end;

    public string Node { get; } = node;

    /// <summary>Set once the node has been told everything up to it.</summary>
    public long SentRevision { get; private set; }

    /// <summary>Nothing waits to be told.</summary>
    public bool IsDrained
    {
        get
        {
            lock (_lock)
                return _full is null && _pending.Count == 0;
        }
    }

    public void Add(NodeDelta delta)
    {
        lock (_lock)
        {
            _pending.Add(delta);
            _revision = delta.Revision;
            if (_pending.Count > _bound)
                _end ??= Ended(StatusCode.Aborted, $"more than {_bound} changes wait for this node; begin anew");
            _signal.TrySetResult();
        }
    }

    public void End(StatusCode code, string reason)
    {
        lock (_lock)
        {
            _end ??= Ended(code, reason);
            _signal.TrySetResult();
        }
    }

    /// <summary>Everything first, then what has changed since the last call.</summary>
    /// <exception cref="RpcException">The subscription was ended.</exception>
    public async Task<NodeDelta> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Signal().WaitAsync(cancellationToken);
            lock (_lock)
            {
                if (_end is not null)
                    throw _end;
                _signal = NewSignal(isSet: false);
                if (Take() is { } delta)
                    return delta;
            }
        }
    }

    /// <summary>The delta that came from <see cref="NextAsync"/> has been written.</summary>
    public void MarkSent(long revision) => SentRevision = revision;

    NodeDelta? Take()
    {
        if (_full is { } first)
        {
            _full = null;
            if (_pending.Count > 0)
                _signal.TrySetResult();
            return first;
        }
        return _pending.Count > 0 ? _pending.Build(_revision) : null;
    }

    Task Signal()
    {
        lock (_lock)
            return _signal.Task;
    }

    static RpcException Ended(StatusCode code, string reason) => new(new(code, reason));

    static TaskCompletionSource NewSignal(bool isSet)
    {
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (isSet)
            signal.SetResult();
        return signal;
    }
}
