using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Weft.Model.Json;
using Weft.Model.Resources;

namespace Weft.Store.Sqlite;

/// <summary>The store of one server, in one SQLite file.</summary>
/// <remarks>
/// One task writes. Whatever commits wait while it flushes go together into the next transaction, so the
/// rate of commits is not bound by the rate of flushes. Each commit still has its own revision and its
/// own compare-and-set. Readers use connections of their own: in WAL mode they see a whole revision and
/// never wait for the writer.
/// </remarks>
public sealed class SqliteStore : IResourceStore
{
    const int LargestGroup = 1024;
    const int WatchPage = 1000;

    readonly SqliteFile file;
    readonly SqliteTransactions transactions;
    readonly int keepRevisions;
    readonly Channel<Waiting> queue = Channel.CreateBounded<Waiting>(
        new BoundedChannelOptions(8 * LargestGroup) { SingleReader = true });
    readonly Task writer;
    TaskCompletionSource committed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    SqliteStore(SqliteFile file, int keepRevisions)
    {
        this.file = file;
        this.keepRevisions = keepRevisions;
        transactions = new(file.Connect());
        writer = Task.Factory.StartNew(
            WriteAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    sealed record Waiting(StoreCommit Commit, TaskCompletionSource<CommitResult> Result);

    /// <exception cref="StoreException">The file is not a store, damaged, in use by another server, or not accessible.</exception>
    public static SqliteStore Open(SqliteStoreOptions options) => new(SqliteFile.Open(options.Path), options.KeepRevisions);

    public Task<StoreContents> LoadAsync(CancellationToken cancellationToken) => Task.Run(() => Guarded(Load), cancellationToken);

    public async Task<CommitResult> CommitAsync(StoreCommit commit, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(commit, new(TaskCreationOptions.RunContinuationsAsynchronously));
        await queue.Writer.WriteAsync(waiting, cancellationToken);
        return await waiting.Result.Task.WaitAsync(cancellationToken);
    }

    public async IAsyncEnumerable<ChangeBatch> WatchAsync(
        long revision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            // Taken before reading: a commit in between completes it.
            var next = Volatile.Read(ref committed).Task;
            var batches = await Task.Run(() => Guarded(connection => ReadChanges(connection, revision)), cancellationToken);
            foreach (var batch in batches)
            {
                yield return batch;
                revision = batch.Revision;
            }
            if (batches.Count == 0)
                await next.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (queue.Writer.TryComplete())
        {
            await writer;
            transactions.Dispose();
            file.Dispose();
        }
    }

    void WriteAll()
    {
        var group = new List<Waiting>();
        while (WaitForMore())
        {
            group.Clear();
            while (group.Count < LargestGroup && queue.Reader.TryRead(out var waiting))
                group.Add(waiting);
            WriteGroup(group);
        }
    }

    // The writer has a thread of its own: it blocks in flushes most of the time.
    bool WaitForMore() => queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult();

    void WriteGroup(List<Waiting> group)
    {
        try
        {
            var results = transactions.Run([.. group.Select(waiting => waiting.Commit)], keepRevisions);
            for (var i = 0; i < results.Length; i++)
                group[i].Result.SetResult(results[i]);
            Interlocked.Exchange(ref committed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
        catch (Exception e)
        {
            var failure = e is SqliteException sqlite ? file.Explain(sqlite) : e;
            foreach (var waiting in group)
                waiting.Result.TrySetException(failure);
        }
    }

    T Guarded<T>(Func<SqliteConnection, T> read)
    {
        try
        {
            using var connection = file.Connect();
            SqliteFile.Execute(connection, "BEGIN");
            return read(connection);
        }
        catch (SqliteException e)
        {
            throw file.Explain(e);
        }
        catch (JsonException e)
        {
            throw new StoreException($"a document in the store cannot be read: {e.Message}", e);
        }
    }

    static StoreContents Load(SqliteConnection connection)
    {
        var (revision, _) = ReadState(connection);
        var resources = ImmutableArray.CreateBuilder<Resource>();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT kind, revision, body FROM resources";
        using var reader = command.ExecuteReader();
        while (reader.Read())
            resources.Add(ReadResource(reader, 0));
        return new(revision, resources.DrainToImmutable());
    }

    static List<ChangeBatch> ReadChanges(SqliteConnection connection, long after)
    {
        var (_, compacted) = ReadState(connection);
        if (after < compacted)
            throw new CompactedException(after, compacted);
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT revision, type, kind, written, body FROM changes
            WHERE revision > $after AND revision <= $after + $page ORDER BY revision, ordinal
            """;
        command.Parameters.AddWithValue("$after", after);
        command.Parameters.AddWithValue("$page", WatchPage);
        using var reader = command.ExecuteReader();
        var changes = new List<(long Revision, StoredChange Change)>();
        while (reader.Read())
            changes.Add((reader.GetInt64(0), new((ChangeType)reader.GetInt32(1), ReadResource(reader, 2))));
        return [.. changes.GroupBy(change => change.Revision)
            .Select(batch => new ChangeBatch(batch.Key, [.. batch.Select(change => change.Change)]))];
    }

    static (long Revision, long Compacted) ReadState(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT revision, compacted FROM state";
        using var reader = command.ExecuteReader();
        reader.Read();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>From three columns that start at <paramref name="column"/>: kind, revision, body.</summary>
    static Resource ReadResource(SqliteDataReader reader, int column) =>
        WeftJson.FromUtf8(reader.GetString(column), reader.GetFieldValue<byte[]>(column + 2))
            with
        { Revision = reader.GetInt64(column + 1) };
}
