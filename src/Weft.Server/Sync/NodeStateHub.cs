using Grpc.Core;
using Microsoft.Extensions.Logging;
using Weft.Compiler;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;
using Weft.Server.Status;
using Weft.Store;

namespace Weft.Server.Sync;

/// <summary>Compiles every commit and hands each connected node its part.</summary>
/// <remarks>
/// One task follows the cluster. Commits that come while it compiles are compiled together. Whoever
/// subscribes gets the whole state and every delta after it: both happen under one lock.
/// </remarks>
public sealed partial class NodeStateHub(Cluster cluster, StatusBoard board, TimeProvider time, ILogger<NodeStateHub> logger) : IAsyncDisposable
{
    static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    readonly Lock _lock = new();
    readonly Dictionary<string, NodeSubscription> _subscriptions = [];
    readonly HealthFeed _health = new(board.Balancing);
    readonly CancellationTokenSource _stopping = new();
    CompiledCluster _compiled = new();
    Task _following = Task.CompletedTask;
    bool _isStopped;

    /// <summary>The newest revision that has been compiled and handed out.</summary>
    public long Revision
    {
        get
        {
            lock (_lock)
                return _compiled.Revision;
        }
    }

    /// <summary>Compiles what there is and follows from there. The cluster must have been started.</summary>
    public void Start()
    {
        Compile(cluster.Current);
        _following = Task.Run(FollowAsync, CancellationToken.None);
    }

    /// <summary>Ends all streams: nodes come back when the server does.</summary>
    public void EndAll()
    {
        lock (_lock)
            _isStopped = true;
        EndAll(StatusCode.Unavailable, "the server is stopping");
    }

    public async ValueTask DisposeAsync()
    {
        EndAll();
        await _stopping.CancelAsync();
        await _following;
    }

    /// <summary>Begins a node's stream; an earlier one of the node ends.</summary>
    internal NodeSubscription Subscribe(string node)
    {
        lock (_lock)
        {
            var subscription = new NodeSubscription(node, _health.Begin(node, _compiled.Full(node)));
            if (_subscriptions.Remove(node, out var earlier))
                earlier.End(StatusCode.Aborted, "another stream of this node has taken over");
            _subscriptions[node] = subscription;
            if (_isStopped)
                subscription.End(StatusCode.Unavailable, "the server is stopping");
            return subscription;
        }
    }

    /// <returns>False when another stream of the node had taken over.</returns>
    internal bool Unsubscribe(NodeSubscription subscription)
    {
        lock (_lock)
        {
            if (!_subscriptions.TryGetValue(subscription.Node, out var current) || current != subscription)
                return false;
            _health.End(subscription.Node);
            return _subscriptions.Remove(subscription.Node);
        }
    }

    /// <summary>Tells the nodes that see the load balancer what was found about its members, when it is news.</summary>
    internal void Tell(IReadOnlyCollection<NodeHealth> found)
    {
        lock (_lock)
        {
            foreach (var news in found.Where(board.Balancing.Set).GroupBy(health => health.Key.Balancer))
            {
                var delta = NodeDelta.None(_compiled.Revision) with { Health = [.. news] };
                foreach (var node in _health.Viewers(news.Key))
                    _subscriptions.GetValueOrDefault(node)?.Add(delta);
            }
        }
    }

    /// <summary>Asks a node whether it is there; it answers by a status.</summary>
    internal void Hail(string node)
    {
        lock (_lock)
            _subscriptions.GetValueOrDefault(node)?.Hail();
    }

    /// <summary>Has a node begin anew, if it is there at all.</summary>
    internal void End(string node, string reason)
    {
        lock (_lock)
            _subscriptions.GetValueOrDefault(node)?.End(StatusCode.Aborted, reason);
    }

    async Task FollowAsync()
    {
        for (var isBehind = false; !_stopping.IsCancellationRequested; isBehind = true)
        {
            try
            {
                if (isBehind)
                    Compile(cluster.Current);
                await foreach (var commits in cluster.FollowAsync(Revision, _stopping.Token))
                    Apply(commits);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (CompactedException e)
            {
                LogBehind(e.Message);
                EndAll(StatusCode.Aborted, "the server fell behind its own changes; begin anew");
            }
            catch (Exception e)
            {
                LogFailed(e);
                EndAll(StatusCode.Aborted, "the server could not compile a change; begin anew");
                await Task.Delay(AfterFailure, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    void Apply(IReadOnlyList<Commit> commits)
    {
        List<Change> changes = [.. commits.SelectMany(commit => commit.Changes)];
        using var span = ServerTraces.Start("compile", commits.LastOrDefault(commit => commit.Cause != default)?.Cause ?? default);
        lock (_lock)
        {
            foreach (var (node, delta) in _health.Follow(_compiled.Apply(commits[^1].Snapshot, changes), changes))
                _subscriptions.GetValueOrDefault(node)?.Add(delta, span?.Context ?? default);
            EndRevoked(changes);
        }
        foreach (var change in changes)
            if (change is { After: null, Before: Port or Node or LoadBalancer } && commits[^1].Snapshot.Find<Resource>(change.Before.Uid) is null)
                board.Forget(change.Before);
    }

    /// <summary>A node that was deleted, or whose name went to another key, must not hear any more.</summary>
    void EndRevoked(List<Change> changes)
    {
        foreach (var change in changes)
            if (change.Before is Node before && (change.After as Node)?.Key != before.Key)
                _subscriptions.GetValueOrDefault(before.Name)?.End(StatusCode.PermissionDenied, $"node {before.Name} was deleted");
    }

    void EndAll(StatusCode code, string reason)
    {
        lock (_lock)
            foreach (var subscription in _subscriptions.Values)
                subscription.End(code, reason);
    }

    void Compile(Snapshot snapshot)
    {
        var compiled = CompiledCluster.Of(snapshot);
        lock (_lock)
            _compiled = compiled;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "all node states are compiled anew: {Reason}")]
    partial void LogBehind(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "a change could not be compiled; all node states are compiled anew")]
    partial void LogFailed(Exception exception);
}
