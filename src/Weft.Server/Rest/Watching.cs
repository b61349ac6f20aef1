using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Weft.Model.Json;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Store;

namespace Weft.Server.Rest;

/// <summary>
/// Changes as lines of JSON: <c>{"type": "created|updated|deleted", "object": …, "revision": n}</c>. A
/// <c>bookmark</c> says up to which revision everything has been told. Without a revision to start from,
/// what there is comes first, as created, up to the first bookmark.
/// </summary>
static class Watching
{
    const string ContentType = "application/x-ndjson";
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    public static async Task WriteAsync(HttpContext http, RestContext rest, Scope scope, long? revision)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, rest.Stopping);
        var writer = new LineWriter(http, rest, scope);
        try
        {
            var from = revision is { } asked
                ? await CatchUpAsync(writer, rest, asked, ending.Token)
                : await ShowAllAsync(writer, rest, scope, ending.Token);
            await FollowAsync(writer, rest, from, ending.Token);
        }
        catch (CompactedException e)
        {
            if (!http.Response.HasStarted)
                throw new ProblemException(Problem.Gone(e.Message + ": list again and watch from there"));
            await writer.EndAsync(e.Message);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The client or the server ends; a stream of lines needs no last word.
        }
    }

    static async Task<long> ShowAllAsync(LineWriter writer, RestContext rest, Scope scope, CancellationToken cancellationToken)
    {
        var snapshot = rest.Cluster.Current;
        foreach (var key in snapshot.KeysOf(scope.Kind))
            writer.Write(ChangeType.Created, snapshot.Resources[key], snapshot.Resources[key].Revision);
        await writer.FlushAsync(cancellationToken);
        return snapshot.Revision;
    }

    /// <summary>From the store's log, up to where the commits in memory begin.</summary>
    static async Task<long> CatchUpAsync(LineWriter writer, RestContext rest, long revision, CancellationToken cancellationToken)
    {
        if (revision < 0 || revision > rest.Cluster.Current.Revision)
            throw new ProblemException(Problem.BadRequest("revision", $"{revision} is not a revision up to {rest.Cluster.Current.Revision}"));
        if (revision >= rest.Cluster.OldestRevision)
            return revision;
        await foreach (var batch in rest.Cluster.Store.WatchAsync(revision, cancellationToken))
        {
            foreach (var change in batch.Changes)
                writer.Write(change.Type, change.Resource, batch.Revision);
            await writer.FlushAsync(cancellationToken);
            revision = batch.Revision;
            if (revision >= rest.Cluster.OldestRevision)
                break;
        }
        return revision;
    }

    static async Task FollowAsync(LineWriter writer, RestContext rest, long revision, CancellationToken cancellationToken)
    {
        writer.Bookmark(revision);
        await writer.FlushAsync(cancellationToken);
        using var following = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var commits = rest.Cluster.FollowAsync(revision, following.Token).GetAsyncEnumerator(following.Token);
        var next = commits.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                try
                {
                    await next.WaitAsync(Silence, rest.Time, cancellationToken);
                    foreach (var commit in commits.Current)
                        writer.Write(commit);
                    revision = commits.Current[^1].Revision;
                    next = commits.MoveNextAsync().AsTask();
                }
                catch (TimeoutException)
                {
                    writer.Bookmark(revision);
                }
                await writer.FlushAsync(cancellationToken);
            }
        }
        finally
        {
            // An enumerator may be given up only between two steps.
            await following.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    sealed class LineWriter(HttpContext http, RestContext rest, Scope scope)
    {
        public void Write(Commits.Commit commit)
        {
            foreach (var change in commit.Changes)
            {
                var type = change.After is null ? ChangeType.Deleted
                    : change.Before is null ? ChangeType.Created : ChangeType.Updated;
                Write(type, change.After ?? change.Before!, commit.Revision);
            }
        }

        public void Write(ChangeType type, Resource resource, long revision)
        {
            if (!scope.Shows(ResourceKey.Of(resource)))
                return;
            Line(TypeName(type), revision, rest.Statuses.Shown(resource, rest.Cluster.Current));
        }

        public void Bookmark(long revision) => Line("bookmark", revision, null);

        public Task EndAsync(string reason)
        {
            Line("error", 0, null, reason);
            return FlushAsync(CancellationToken.None);
        }

        public async Task FlushAsync(CancellationToken cancellationToken) =>
            await http.Response.BodyWriter.FlushAsync(cancellationToken);

        void Line(string type, long revision, Resource? resource, string? message = null)
        {
            if (!http.Response.HasStarted)
                http.Response.ContentType = ContentType;
            using (var json = new Utf8JsonWriter(http.Response.BodyWriter))
            {
                json.WriteStartObject();
                json.WriteString("type", type);
                if (resource is not null)
                {
                    json.WritePropertyName("object");
                    JsonSerializer.Serialize(json, resource, WeftJson.OfKind(resource.Kind)!);
                }
                if (message is not null)
                    json.WriteString("message", message);
                json.WriteNumber("revision", revision);
                json.WriteEndObject();
            }
            http.Response.BodyWriter.Write("\n"u8);
        }

        static string TypeName(ChangeType type) => type switch
        {
            ChangeType.Created => "created",
            ChangeType.Updated => "updated",
            _ => "deleted",
        };
    }
}
