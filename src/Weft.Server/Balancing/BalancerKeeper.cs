using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Commits;
using Weft.Server.Status;
using Weft.Server.Sync;
using Weft.Store;

namespace Weft.Server.Balancing;

/// <summary>Sees to load balancers while nodes come and go: where they are, and that nobody is sent to a node that is away.</summary>
public sealed partial class BalancerKeeper(
    Cluster cluster, StatusBoard board, NodeStateHub hub, TimeProvider time, ILogger<BalancerKeeper> logger) : BackgroundService
{
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    readonly Absence _absence = new(time);
    readonly DeathWatch _deaths = new(board.Peers, hub.Hail, time);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    async Task LookAsync(CancellationToken cancellation)
    {
        var snapshot = cluster.Current;
        var nodes = snapshot.All<Node>().ToDictionary(node => node.Number);
        var connected = nodes.Values.Select(node => node.Name).Where(node => board.NodeOf(node).Connected).ToHashSet();
        var dead = _deaths.Look(nodes, connected.Contains);
        var (away, news) = _absence.Look([.. nodes.Values.Select(node => node.Name)], connected.Contains, dead);
        if (news.Count > 0)
            hub.Tell(OnNodes([.. news], snapshot));
        foreach (var node in news.Where(dead.Contains))
        {
            LogDead(node);
            // Should it be there after all, it tells everything anew: what others were told of its members holds until then.
            hub.End(node, $"node {node} did not answer; begin anew");
        }
        connected.ExceptWith(away);
        foreach (var move in BalancerPlacement.Moves(snapshot, connected, away))
            await MoveAsync(move, snapshot, cancellation);
        foreach (var step in ProxyPorts.Steps(cluster.Current))
            await StepAsync(step, cancellation);
    }

    /// <summary>Nobody can ask these: connections to them would only wait.</summary>
    static List<NodeHealth> OnNodes(HashSet<string> away, Snapshot snapshot) =>
    [
        .. snapshot.All<LoadBalancer>().SelectMany(balancer => BalancerMembers.Of(balancer, snapshot)
            .Where(member => member.Pool.HealthMonitor is not null && member.Port?.Node is { } node && away.Contains(node))
            .Select(member => new NodeHealth(member.KeyIn(balancer)!.Value, false, $"node {member.Port!.Node} is away"))),
    ];

    async Task MoveAsync(Write.PlaceLoadBalancer move, Snapshot snapshot, CancellationToken cancellation)
    {
        var name = snapshot.Find<LoadBalancer>(move.Uid)!.Name;
        try
        {
            if (await cluster.ApplyAsync(move, cancellation) is Outcome.Committed { Changed: true })
                LogMoved(name, move.From ?? "nowhere", move.Node!);
        }
        catch (StoreException e)
        {
            LogFailed(name, e.Message); // the next look tries again
        }
    }

    async Task StepAsync(Write step, CancellationToken cancellation)
    {
        try
        {
            var outcome = await cluster.ApplyAsync(step, cancellation);
            if (outcome is not Outcome.Committed)
                LogPortFailed(outcome.Describe());
        }
        catch (StoreException e)
        {
            LogPortFailed(e.Message); // the next look tries again
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "node {Node} answers neither its peers nor the server: it is taken for dead")]
    partial void LogDead(string node);

    [LoggerMessage(Level = LogLevel.Debug, Message = "the port of a load balancer's proxy could not be changed: {Reason}")]
    partial void LogPortFailed(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "load balancer {Name} moves from {From} to {To}")]
    partial void LogMoved(string name, string from, string to);

    [LoggerMessage(Level = LogLevel.Warning, Message = "load balancer {Name} could not be moved: {Reason}")]
    partial void LogFailed(string name, string reason);
}
