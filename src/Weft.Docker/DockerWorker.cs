using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weft.Agent.State;
using Weft.Docker.Endpoints;
using Weft.Docker.Engine;
using Weft.Docker.Networks;
using Weft.Docker.Publishing;
using Weft.Docker.State;

namespace Weft.Docker;

/// <summary>Follows Docker and the state, and keeps both alike, for as long as the agent runs.</summary>
sealed partial class DockerWorker(
    IDockerEngine engine, Latest<AgentState> agent, NetworkPublisher publisher, DockerRepair repair, EndpointNamer namer,
    PortPublisher ports,     DockerState state, DockerOptions options, TimeProvider time, ILogger<DockerWorker> log) : BackgroundService
{
    static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    readonly Channel<bool> _due = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Compare now.</summary>
    public void Wake() => _due.Writer.TryWrite(true);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        ports.TakeAgain();
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        namer.RunAsync(stoppingToken),
        PersistAsync("following Docker", FollowDockerAsync, stoppingToken),
        FollowStateAsync(stoppingToken),
        TickAsync(stoppingToken),
        PersistAsync("comparing networks", CompareAsync, stoppingToken));

    async Task FollowDockerAsync(CancellationToken cancellation)
    {
        try
        {
            await foreach (var next in engine.EventsAsync(cancellation).ConfigureAwait(false))
                Hear(next);
        }
        finally
        {
            // With dockerd end its removals. Not when it is back: by then it may be at others.
            state.Leaving.Clear();
        }
    }

    void Hear(EngineEvent next)
    {
        switch (next.Kind)
        {
            case EngineEventKind.Connected:
                Connected();
                namer.NameAll();
                Wake();
                break;
            case EngineEventKind.NetworkCreated or EngineEventKind.NetworkRemoved:
                Wake();
                break;
            case EngineEventKind.ContainerRenamed:
                namer.NameAgain(next.Subject);
                break;
            default:
                break;
        }
    }

    async Task FollowStateAsync(CancellationToken cancellation)
    {
        var seen = agent.Value;
        while (true)
        {
            Wake();
            var known = seen;
            seen = await agent.WaitForAsync(
                next => next.InSync != known.InSync || !ReferenceEquals(next.State.Networks, known.State.Networks),
                cancellation).ConfigureAwait(false);
        }
    }

    async Task TickAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(options.RepairInterval, time);
        while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
            Wake();
    }

    async Task CompareAsync(CancellationToken cancellation)
    {
        var repaired = time.GetTimestamp() - time.TimestampFrequency * (long)options.RepairInterval.TotalSeconds;
        while (await _due.Reader.WaitToReadAsync(cancellation).ConfigureAwait(false))
        {
            _due.Reader.TryRead(out _);
            await publisher.PassAsync(cancellation).ConfigureAwait(false);
            if (time.GetElapsedTime(repaired) < options.RepairInterval / 2)
                continue;
            repaired = time.GetTimestamp();
            await repair.PassAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Starts the work again when it fails: mostly because dockerd is not there.</summary>
    async Task PersistAsync(string what, Func<CancellationToken, Task> work, CancellationToken cancellation)
    {
        var wait = FirstWait;
        string? said = null;
        while (!cancellation.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            try
            {
                await work(cancellation).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellation.IsCancellationRequested)
            {
                if (said != exception.Message)
                    Failed(what, said = exception.Message);
            }
            if (time.GetElapsedTime(started) > LongestWait)
                (wait, said) = (FirstWait, null);
            await Task.Delay(wait, time, cancellation).ConfigureAwait(false);
            wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
            Wake();
        }
    }

    [LoggerMessage(LogLevel.Information, "connected to Docker")]
    partial void Connected();

    [LoggerMessage(LogLevel.Warning, "{What}: {Reason}; tried again until it works")]
    partial void Failed(string what, string reason);
}
