using System.Runtime.CompilerServices;
using Weft.Store;

namespace Weft.Server.Commits;

/// <summary>Hands every commit to every follower, in order.</summary>
/// <remarks>
/// The commits are a chain: each link knows the next one, or the promise of it. A follower walks at its own
/// pace and holds nothing up. Links that all followers have passed are garbage, but for the last few,
/// from which a follower that was away may go on. Who falls far behind is cut off: a link holds a snapshot,
/// and what snapshots do not share is memory.
/// </remarks>
sealed class CommitFeed(int keep, int mostBehind)
{
    readonly Lock gate = new();
    readonly Queue<Link> recent = new();
    Link newest = new(null, 0, 0);

    sealed class Link(Commit? commit, long revision, long place)
    {
        public Commit? Commit => commit;

        /// <summary>In the chain; revisions may have gaps.</summary>
        public long Place => place;

        public long Revision => revision;

        public TaskCompletionSource<Link> Next { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>The oldest revision that can be followed from.</summary>
    public long Oldest
    {
        get
        {
            lock (gate)
                return recent.TryPeek(out var oldest) ? oldest.Revision : newest.Revision;
        }
    }

    /// <summary>Begins at a revision, before anything is published.</summary>
    public void Start(long revision)
    {
        lock (gate)
        {
            recent.Clear();
            recent.Enqueue(newest = new(null, revision, 0));
        }
    }

    public void Publish(Commit commit)
    {
        Link before;
        Link link;
        lock (gate)
        {
            before = newest;
            newest = link = new(commit, commit.Revision, before.Place + 1);
            recent.Enqueue(link);
            if (recent.Count > keep + 1)
                recent.Dequeue();
        }
        before.Next.SetResult(link);
    }

    /// <summary>All commits after <paramref name="revision"/>; each step brings as many as there are by then.</summary>
    public async IAsyncEnumerable<IReadOnlyList<Commit>> FollowAsync(
        long revision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var link = Find(revision);
        while (true)
        {
            link = await link.Next.Task.WaitAsync(cancellationToken);
            var commits = new List<Commit> { link.Commit! };
            while (link.Next.Task.IsCompletedSuccessfully)
            {
                link = link.Next.Task.Result;
                commits.Add(link.Commit!);
            }
            yield return commits;
            if (link.Place < Volatile.Read(ref newest).Place - mostBehind)
                throw new CompactedException(link.Revision, Oldest);
        }
    }

    Link Find(long revision)
    {
        lock (gate)
        {
            if (revision >= newest.Revision)
                return newest;
            // The first one may lie between two revisions that are kept: every link says what comes after it.
            Link? found = null;
            foreach (var link in recent)
            {
                if (link.Revision > revision)
                    break;
                found = link;
            }
            return found ?? throw new CompactedException(revision, recent.Peek().Revision);
        }
    }
}
