using Microsoft.Extensions.Hosting;
using Weft.Model.Resources;
using Weft.Server.Commits;
using Weft.Server.Flows;
using Weft.Server.Status;

namespace Weft.Server.Hosting;

/// <summary>
/// Loads everything before anybody is listened to, and lets the last writes finish after the last request.
/// In between it drops statuses of what was deleted.
/// </summary>
sealed class ClusterLifetime(Cluster cluster, StatusBoard statuses, FlowBoard? flows = null) : IHostedLifecycleService, IAsyncDisposable
{
    readonly CancellationTokenSource stopping = new();
    Task cleaning = Task.CompletedTask;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await cluster.StartAsync(cancellationToken);
        cleaning = CleanAsync(stopping.Token);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await cleaning.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await StoppedAsync(CancellationToken.None);
        stopping.Dispose();
    }

    async Task CleanAsync(CancellationToken cancellationToken)
    {
        await foreach (var commits in cluster.FollowAsync(cluster.Current.Revision, cancellationToken))
        {
            foreach (var change in commits.SelectMany(commit => commit.Changes))
            {
                // A renamed port is deleted and made under one uid.
                if (change is { After: null, Before: { } gone } && !cluster.Current.ByUid.ContainsKey(gone.Uid))
                {
                    statuses.Forget(gone);
                    if (gone is Node node)
                        flows?.Forget(node.Name);
                }
            }
        }
    }
}
