using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Weft.Server.Enrollment;

/// <summary>The heartbeat of one connection, which goes on while the server stops.</summary>
/// <remarks>
/// Kestrel's HTTP/2 sees that a stream has ended when a frame arrives, or at the next heartbeat. Stopping ends the
/// heartbeat first: a connection whose last stream ended after its goodbye (GOAWAY) would lie there until the client
/// says something or the limit of the shutdown has passed.
/// </remarks>
sealed class LastingHeartbeat(IConnectionHeartbeatFeature kestrels) : IConnectionHeartbeatFeature
{
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    readonly Lock _lock = new();
    readonly List<(Action<object> Action, object State)> _beats = [];

    public void OnHeartbeat(Action<object> action, object state)
    {
        kestrels.OnHeartbeat(action, state);
        lock (_lock)
            _beats.Add((action, state));
    }

    /// <summary>Runs the connection.</summary>
    public static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next, CancellationToken stopping)
    {
        if (connection.Features.Get<IConnectionHeartbeatFeature>() is not { } kestrels)
        {
            await next(connection);
            return;
        }
        var heartbeat = new LastingHeartbeat(kestrels);
        connection.Features.Set<IConnectionHeartbeatFeature>(heartbeat);
        using var ended = new CancellationTokenSource();
        var beating = heartbeat.BeatAsync(stopping, ended.Token);
        try
        {
            await next(connection);
        }
        finally
        {
            await ended.CancelAsync();
            await beating;
        }
    }

    async Task BeatAsync(CancellationToken stopping, CancellationToken ended)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, ended);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!ended.IsCancellationRequested)
        {
            await Task.Delay(Interval, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Beat();
        }
    }

    void Beat()
    {
        (Action<object> Action, object State)[] beats;
        lock (_lock)
            beats = [.. _beats];
        foreach (var (action, state) in beats)
            action(state);
    }
}
