using System.Collections.Immutable;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Weft.Metrics;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Server.Planning;
using Weft.Store;

namespace Weft.Server.Commits;

/// <summary>All resources: read them from <see cref="Current"/>, change them with <see cref="ApplyAsync"/>, follow them.</summary>
/// <remarks>
/// One task plans and commits. It takes the writes that wait, plans each against the outcome of the ones
/// before it, hands all their commits to the store, which flushes them together, and answers them when they
/// are safe. A write that needs the revision of one in the same round waits for the next round: revisions
/// are known only when the store gives them. The store's compare-and-set has the last word: when another
/// server wrote in between, everything is loaded again and the round is planned anew.
/// </remarks>
public sealed partial class Cluster(IResourceStore store, ClusterOptions options, TimeProvider time, ILogger<Cluster> logger)
    : IAsyncDisposable
{
    const int LargestRound = 512;
    const int MostAttempts = 5;

    readonly Channel<Waiting> queue = Channel.CreateBounded<Waiting>(
        new BoundedChannelOptions(8 * LargestRound) { SingleReader = true });
    readonly Workbench bench = new(options, time);
    readonly CommitFeed feed = new(options.KeepCommits, options.MostCommitsBehind);
    Snapshot current = Snapshot.Empty;
    Task pipeline = Task.CompletedTask;
    bool isStale;

    sealed record Waiting(Write Write, TaskCompletionSource<Outcome> Result, ActivityContext Cause);

    /// <param name="Plan">Null: planning failed, and the caller knows.</param>
    sealed record Planned(Waiting Waiting, Plan? Plan, Task<CommitResult>? Commit);

    /// <summary>Everything that is committed.</summary>
    public Snapshot Current => Volatile.Read(ref current);

    /// <summary>The oldest revision that <see cref="FollowAsync"/> can go on from.</summary>
    public long OldestRevision => feed.Oldest;

    public IResourceStore Store => store;

    /// <summary>Of rounds of writes, from planning to their being safe.</summary>
    public MetricHistogram CommitTimes { get; } = new();

    /// <summary>Loads everything and makes what always exists.</summary>
    /// <exception cref="StoreException">The store cannot be read or written.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var contents = await store.LoadAsync(cancellationToken);
        current = Snapshot.Empty.With(
            [.. contents.Resources.Select(resource => new Change(ResourceKey.Of(resource), null, resource))], contents.Revision);
        bench.Reset(current);
        feed.Start(current.Revision);
        pipeline = Task.Run(RunAsync, CancellationToken.None);
        if (current.Find<Project>(ResourceKey.OfProject(ProjectResource.DefaultProject)) is null)
            await ApplyAsync(new Write.Put(new Project { Name = ProjectResource.DefaultProject }), cancellationToken);
        if (current.KeysOf(ExternalNetwork.KindName).IsEmpty)
            await ApplyAsync(new Write.Put(new ExternalNetwork { Name = ExternalNetwork.InitialName, Default = true }), cancellationToken);
        Loaded(current.Resources.Count, current.Revision);
    }

    /// <summary>
    /// Carries out one write. Writes of one caller that are awaited one after the other see each other; what
    /// is answered with <see cref="Outcome.Committed"/> is on disk. Cancelling gives up the wait only.
    /// </summary>
    /// <exception cref="StoreException">The store failed: whether the change was made is not known.</exception>
    public async Task<Outcome> ApplyAsync(Write write, CancellationToken cancellationToken)
    {
        using var span = ServerTraces.Start("write", ServerTraces.Current);
        var waiting = new Waiting(write, new(TaskCreationOptions.RunContinuationsAsynchronously), ServerTraces.Current);
        await queue.Writer.WriteAsync(waiting, cancellationToken);
        var outcome = await waiting.Result.Task.WaitAsync(cancellationToken);
        span?.SetTag("weft.outcome", outcome.GetType().Name).SetTag("weft.revision", (outcome as Outcome.Committed)?.Resource.Revision);
        return outcome;
    }

    /// <summary>
    /// All commits after <paramref name="revision"/>, as they come; each step brings as many as there are by
    /// then. Start with the revision of a <see cref="Current"/> that you hold.
    /// </summary>
    /// <exception cref="CompactedException">While enumerating: too far behind; start again from <see cref="Current"/>.</exception>
    public IAsyncEnumerable<IReadOnlyList<Commit>> FollowAsync(long revision, CancellationToken cancellationToken) =>
        feed.FollowAsync(revision, cancellationToken);

    /// <summary>Finishes what is queued. The store stays open: it belongs to who made it.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await pipeline;
    }

    async Task RunAsync()
    {
        var carried = new Queue<Waiting>();
        while (carried.Count > 0 || await queue.Reader.WaitToReadAsync())
        {
            while (carried.Count < LargestRound && queue.Reader.TryRead(out var waiting))
                carried.Enqueue(waiting);
            var round = carried.ToList();
            carried.Clear();
            try
            {
                var begin = Stopwatch.GetTimestamp();
                foreach (var left in await RunRoundAsync(round))
                    carried.Enqueue(left);
                CommitTimes.ObserveSince(begin);
            }
            catch (Exception e)
            {
                RoundFailed(e);
                isStale = true;
                foreach (var waiting in round)
                    waiting.Result.TrySetException(e);
            }
        }
    }

    /// <returns>What is left for the next round.</returns>
    async Task<IEnumerable<Waiting>> RunRoundAsync(List<Waiting> round)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (isStale)
                await ReloadAsync();
            var planned = PlanRound(round);
            foreach (var commit in planned)
            {
                if (commit.Commit is not null)
                    await commit.Commit;
            }
            if (!planned.Exists(IsMismatch))
            {
                Publish(planned);
                return round.Skip(planned.Count);
            }
            isStale = true;
            if (attempt == MostAttempts)
                throw new StoreException("another server keeps writing the same resources");
        }
    }

    static bool IsMismatch(Planned planned) => planned.Commit?.Result is CommitResult.Mismatch;

    List<Planned> PlanRound(List<Waiting> round)
    {
        var planned = new List<Planned>(round.Count);
        var touched = new HashSet<ResourceKey>();
        foreach (var waiting in round)
        {
            var plan = MakePlan(waiting);
            if (plan is not null && Depends(plan, touched))
                break;
            planned.Add(new(waiting, plan, plan is { Settled: null } ? SubmitAsync(plan, waiting.Cause) : null));
            if (plan is not { Settled: null })
                continue;
            bench.Advance(plan.Changes);
            touched.UnionWith(plan.Changes.Select(change => change.Key));
        }
        return planned;
    }

    /// <summary>A bug in planning is one caller's failure, not that of the others in the round.</summary>
    Plan? MakePlan(Waiting waiting)
    {
        using var span = ServerTraces.Start("plan", waiting.Cause);
        try
        {
            return Planner.Make(waiting.Write, bench);
        }
        catch (Exception e)
        {
            PlanFailed(e, waiting.Write.GetType().Name);
            waiting.Result.TrySetException(e);
            return null;
        }
    }

    static bool Depends(Plan plan, HashSet<ResourceKey> touched) =>
        touched.Count > 0
        && (touched.Contains(plan.Main)
            || (plan.Settled is null
                && (plan.Relies.Any(touched.Contains) || plan.Changes.Any(change => touched.Contains(change.Key)))));

    async Task<CommitResult> SubmitAsync(Plan plan, ActivityContext cause)
    {
        using var span = ServerTraces.Start("commit", cause);
        var expect = plan.Changes.Select(change => new Expectation(change.Key, change.Before?.Revision ?? 0))
            .Concat(plan.Relies.Select(key => new Expectation(key, bench.Snapshot.Find<Resource>(key)?.Revision ?? 0)));
        return await store.CommitAsync(
            new(
                [.. expect],
                [.. plan.Changes.Where(change => change.After is not null).Select(change => change.After!)],
                [.. plan.Changes.Where(change => change.After is null).Select(change => change.Key)]),
            CancellationToken.None);
    }

    void Publish(List<Planned> planned)
    {
        var outcomes = new List<(Waiting Waiting, Outcome Outcome)>(planned.Count);
        var snapshot = current;
        foreach (var (waiting, plan, commit) in planned)
        {
            if (plan is null)
                continue;
            if (commit?.Result is CommitResult.Committed(var revision))
                snapshot = PublishOne(snapshot, plan, revision, waiting.Cause);
            outcomes.Add((waiting, OutcomeOf(plan, snapshot)));
        }
        bench.Settle(snapshot);
        foreach (var (waiting, outcome) in outcomes)
            waiting.Result.TrySetResult(outcome);
    }

    Snapshot PublishOne(Snapshot snapshot, Plan plan, long revision, ActivityContext cause)
    {
        // Plans of one round start from resources without revision; the real ones are in the last snapshot.
        ImmutableArray<Change> changes =
        [
            .. plan.Changes.Select(change => change with
            {
                Before = change.Before is null ? null : snapshot.Resources[change.Key],
                After = change.After is null ? null : change.After with { Revision = revision },
            }),
        ];
        snapshot = snapshot.With(changes, revision);
        Volatile.Write(ref current, snapshot);
        feed.Publish(new(snapshot, changes) { Cause = cause });
        return snapshot;
    }

    static Outcome OutcomeOf(Plan plan, Snapshot snapshot)
    {
        if (plan.Settled is Outcome.Committed unchanged)
            return unchanged with { Snapshot = snapshot };
        if (plan.Settled is { } settled)
            return settled;
        var main = plan.Changes.First(change => change.Key == plan.Main);
        var isRename = plan.Changes.Any(change => change.Key != plan.Main && change.Before?.Uid == main.After?.Uid);
        return new Outcome.Committed(
            snapshot.Find<Resource>(plan.Main) ?? main.Before!,
            Created: main.Before is null && !isRename, Changed: true, snapshot);
    }

    /// <summary>After a failure or another server's write: what the store holds counts, and followers hear of it.</summary>
    async Task ReloadAsync()
    {
        var contents = await store.LoadAsync(CancellationToken.None);
        var changes = SnapshotDifference.Between(Current, contents);
        if (changes.Length > 0)
        {
            var snapshot = Current.With(changes, contents.Revision);
            Volatile.Write(ref current, snapshot);
            feed.Publish(new(snapshot, changes));
        }
        bench.Reset(current);
        isStale = false;
    }
}
