using System.Collections.Immutable;
using System.Globalization;
using Weft.Model.State;

namespace Weft.Agent.Balancing;

/// <summary>Asks the members of this node whether they are well, each at its own interval.</summary>
/// <remarks>
/// Each member has a task that mostly waits, so thousands cost no thread. Intervals are a little shorter than asked for,
/// by chance, so that members that came together are not asked together for ever, and what fell ill is found within one.
/// </remarks>
sealed class HealthChecker(IProber prober, Action changed, Random random, TimeProvider time) : IAsyncDisposable
{
    /// <summary>A new member is asked soon: until then it gets no connections.</summary>
    static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);

    const double ShortestPart = 0.8;
    const double LongestPart = 0.9;

    readonly Dictionary<NodeMemberKey, Running> _running = [];
    ImmutableDictionary<NodeMemberKey, NodeHealth> _results = ImmutableDictionary<NodeMemberKey, NodeHealth>.Empty;

    /// <summary>Of the members that have been asked; may be read by any thread.</summary>
    internal ImmutableDictionary<NodeMemberKey, NodeHealth> Results => Volatile.Read(ref _results);

    /// <summary>These are asked from now on, and no others.</summary>
    internal void Follow(IReadOnlyDictionary<NodeMemberKey, HealthCheck> checks)
    {
        foreach (var (key, running) in _running.ToList())
        {
            if (checks.TryGetValue(key, out var check) && check.Equals(running.Check))
                continue;
            running.Stop.Cancel();
            _running.Remove(key);
            if (check is null || !check.IsOfSameAs(running.Check))
                Forget(key);
        }
        foreach (var (key, check) in checks)
        {
            if (_running.ContainsKey(key))
                continue;
            var stop = new CancellationTokenSource();
            _running[key] = new(check, stop, Task.Run(() => RunAsync(key, check, stop.Token), CancellationToken.None));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var running in _running.Values)
            await running.Stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_running.Values.Select(running => running.Task)).ConfigureAwait(false);
        foreach (var running in _running.Values)
            running.Stop.Dispose();
        _running.Clear();
    }

    async Task RunAsync(NodeMemberKey key, HealthCheck check, CancellationToken stopping)
    {
        var health = new MemberHealth(check.Monitor.Rise, check.Monitor.Fall);
        try
        {
            await Task.Delay(FirstWait * Chance(), time, stopping).ConfigureAwait(false);
            while (true)
            {
                var start = time.GetTimestamp();
                var fault = await AskAsync(check, stopping).ConfigureAwait(false);
                stopping.ThrowIfCancellationRequested();
                health.Take(fault is null);
                if (health.IsWell is { } isWell)
                    Tell(new(key, isWell, isWell ? "" : fault ?? ""), stopping);
                var wait = check.Interval * (ShortestPart + ((LongestPart - ShortestPart) * Chance())) - time.GetElapsedTime(start);
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, time, stopping).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // It is asked no more, or in another way.
        }
    }

    async Task<string?> AskAsync(HealthCheck check, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var timer = new CancellationTokenSource(check.Timeout, time);
        using var _ = timer.Token.Register(limit.Cancel);
        try
        {
            return await prober.AskAsync(check, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"no answer within {check.Timeout.TotalMilliseconds:0} ms");
        }
        catch (Exception failure) when (failure is IOException or System.Net.Sockets.SocketException)
        {
            return failure.Message;
        }
    }

    /// <summary>What fault it is counts too, as long as it is none of a member that is well again.</summary>
    void Tell(NodeHealth health, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var before = Results;
            var known = before.GetValueOrDefault(health.Key);
            if (health.Equals(known) || known is { Healthy: false } && !health.Healthy && health.Message.Length == 0)
                return;
            if (ReferenceEquals(Interlocked.CompareExchange(ref _results, before.SetItem(health.Key, health), before), before))
            {
                changed();
                return;
            }
        }
    }

    void Forget(NodeMemberKey key) => ImmutableInterlocked.TryRemove(ref _results, key, out _);

    double Chance()
    {
        lock (random)
            return random.NextDouble();
    }

    readonly record struct Running(HealthCheck Check, CancellationTokenSource Stop, Task Task);
}
