using System.Diagnostics;
using Grpc.Core;
using Weft.Compiler;
using Weft.Model.State;
using Weft.Protocol.V1;

namespace Weft.Server.Sync;

/// <summary>What one node still has to be told.</summary>
/// <remarks>
/// Deltas that come while the node is being told others are joined into one, so memory is bounded by the
/// records concerned. Only removals of what the node never saw could pile up without bound: then it is
/// cheaper to begin anew. One that waits alone stays the object that other nodes have too.
/// </remarks>
sealed class NodeSubscription(string node, NodeDelta full)
{
    const int LeastBound = 10_000;
    const int MostTraces = 64;

    readonly int _bound = Math.Max(LeastBound, 2 * full.Count);
    readonly Lock _lock = new();
    readonly NodeDeltaBuilder _joined = new();
    readonly Queue<TraceRequest> _traces = [];
    bool _isHailed;
    NodeDelta? _single;
    ActivityContext _cause;
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
                return _full is null && !IsAnyPending;
        }
    }

    /// <param name="delta">What has changed.</param>
    /// <param name="cause">Of the change, when it is traced; of several, the newest is told.</param>
    public void Add(NodeDelta delta, ActivityContext cause = default)
    {
        lock (_lock)
        {
            if (cause != default)
                _cause = cause;
            if (IsAnyPending)
                Join(delta);
            else
                _single = delta;
            _revision = delta.Revision;
            _signal.TrySetResult();
        }
    }

    /// <summary>Has the node send a traced packet, once it knows the state; when too many wait it is forgotten.</summary>
    public void Trace(TraceRequest request)
    {
        lock (_lock)
        {
            if (_traces.Count < MostTraces)
                _traces.Enqueue(request);
            _signal.TrySetResult();
        }
    }

    /// <summary>Asks the node whether it is there.</summary>
    public void Hail()
    {
        lock (_lock)
        {
            _isHailed = true;
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
    public async Task<News> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Signal().WaitAsync(cancellationToken);
            lock (_lock)
            {
                if (_end is not null)
                    throw _end;
                _signal = NewSignal(isSet: false);
                if (Take() is { } news)
                    return news;
            }
        }
    }

    /// <summary>The delta that came from <see cref="NextAsync"/> has been written.</summary>
    public void MarkSent(long revision) => SentRevision = revision;

    bool IsAnyPending => _single is not null || _joined.Count > 0;

    void Join(NodeDelta delta)
    {
        if (_single is not null)
            _joined.Add(_single);
        _single = null;
        _joined.Add(delta);
        if (_joined.Removals > _bound)
            _end ??= Ended(StatusCode.Aborted, $"more than {_bound} removals wait for this node; begin anew");
    }

    News? Take()
    {
        if (_full is { } first)
        {
            _full = null;
            if (IsAnyPending || _traces.Count > 0 || _isHailed)
                _signal.TrySetResult();
            return new(first, IsShared: false);
        }
        if (_isHailed)
        {
            _isHailed = false;
            _signal.TrySetResult(); // for what else there may be
            return new News(NodeDelta.None(_revision), IsShared: false) { IsHail = true };
        }
        if (_traces.TryDequeue(out var trace))
        {
            _signal.TrySetResult(); // for what else there may be
            return new News(NodeDelta.None(_revision), IsShared: false) { Trace = trace };
        }
        var cause = _cause;
        _cause = default;
        if (_single is { } single)
        {
            _single = null;
            return new News(single, IsShared: true) { Cause = cause };
        }
        return _joined.Count > 0 ? new News(_joined.Build(_revision), IsShared: false) { Cause = cause } : null;
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

    /// <param name="Delta">What to tell.</param>
    /// <param name="IsShared">Other nodes may be told the same object.</param>
    public readonly record struct News(NodeDelta Delta, bool IsShared)
    {
        /// <summary>Of the newest change that is traced.</summary>
        public ActivityContext Cause { get; init; }

        /// <summary>A packet to trace, instead of a delta.</summary>
        public TraceRequest? Trace { get; init; }

        /// <summary>Whether the node is there, instead of a delta.</summary>
        public bool IsHail { get; init; }
    }
}
