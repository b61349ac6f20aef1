using System.Text;
using Microsoft.Data.Sqlite;
using Weft.Model.Resources;
using Weft.Model.State;
using Weft.Store;
using Weft.Store.Sqlite;

namespace Weft.Tests.Store;

public sealed class SqliteStoreTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    SqliteStore Open(int keep = 10_000) => SqliteStore.Open(new() { Path = folder["weft.db"], KeepRevisions = keep });

    static Project Project(string name, string? text = null) => new() { Name = name, Description = text };

    static StoreCommit Writing(string name, long expected, string? text = null) =>
        new([new(ResourceKey.OfProject(name), expected)], [Project(name, text)], []);

    static async Task<long> Committed(SqliteStore store, StoreCommit commit) =>
        Assert.IsType<CommitResult.Committed>(await store.CommitAsync(commit, Token)).Revision;

    [Fact]
    public async Task What_was_committed_is_there_after_reopening()
    {
        long revision;
        await using (var store = Open())
        {
            await Committed(store, Writing("a", 0));
            revision = await Committed(store, Writing("b", 0));
        }

        await using var again = Open();
        var contents = await again.LoadAsync(Token);

        Assert.Equal(revision, contents.Revision);
        Assert.Equal([("a", revision - 1), ("b", revision)], contents.Resources.Select(r => (r.Name, r.Revision)).Order());
    }

    [Fact]
    public async Task A_commit_whose_expectation_fails_changes_nothing()
    {
        await using var store = Open();
        var revision = await Committed(store, Writing("a", 0));

        var stale = await store.CommitAsync(
            new([new(ResourceKey.OfProject("a"), 0)], [Project("b")], [ResourceKey.OfProject("a")]), Token);

        Assert.Equal(new CommitResult.Mismatch(ResourceKey.OfProject("a"), revision), stale);
        Assert.Equal("a", Assert.Single((await store.LoadAsync(Token)).Resources).Name);
    }

    [Fact]
    public async Task Of_many_writers_with_one_expectation_one_wins()
    {
        await using var store = Open();
        var revision = await Committed(store, Writing("a", 0));

        var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => store.CommitAsync(Writing("a", revision, $"{i}"), Token)));

        Assert.Single(results.OfType<CommitResult.Committed>());
        Assert.Equal(99, results.OfType<CommitResult.Mismatch>().Count());
    }

    [Fact]
    public async Task A_watch_tells_the_past_and_then_the_present()
    {
        await using var store = Open();
        var first = await Committed(store, Writing("a", 0));
        var second = await Committed(store, Writing("a", first, "changed"));
        var seen = new List<string>();
        var watching = Task.Run(async () =>
        {
            await foreach (var batch in store.WatchAsync(0, Token))
            {
                seen.AddRange(batch.Changes.Select(change => $"{batch.Revision} {change.Type} {change.Resource.Name}"));
                if (seen.Count == 4)
                    break;
            }
        }, Token);

        var third = await Committed(store, new([], [Project("b")], [ResourceKey.OfProject("a")]));
        await watching.WaitAsync(TimeSpan.FromSeconds(60), Token);

        Assert.Equal([$"{first} Created a", $"{second} Updated a", $"{third} Deleted a", $"{third} Created b"], seen);
    }

    [Fact]
    public async Task A_watch_from_too_long_ago_is_told_so()
    {
        await using var store = Open(keep: 10);
        long revision = 0;
        for (var i = 0; i < 50; i++)
            revision = await Committed(store, Writing("a", revision, $"{i}"));

        var tooOld = await Assert.ThrowsAsync<CompactedException>(async () => await store.WatchAsync(1, Token).GetAsyncEnumerator(Token).MoveNextAsync());
        await using var recent = store.WatchAsync(revision - 10, Token).GetAsyncEnumerator(Token);
        await recent.MoveNextAsync();

        Assert.InRange(tooOld.Oldest, 2, revision - 10);
        Assert.Equal(revision - 9, recent.Current.Revision);
    }

    [Fact]
    public async Task A_second_server_on_the_same_file_is_kept_out()
    {
        await using var store = Open();

        var refused = Assert.Throws<StoreException>(() => Open());

        Assert.Contains("in use by another server", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_left_alone()
    {
        var text = string.Join('\n', Enumerable.Repeat("this is a letter", 500));
        File.WriteAllText(folder["weft.db"], text);

        var refused = Assert.Throws<StoreException>(() => Open());

        Assert.Contains("damaged or not a database", refused.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(folder["weft.db"]));
    }

    [Fact]
    public void The_database_of_another_program_is_refused()
    {
        Sql("CREATE TABLE songs (title TEXT)");

        Assert.Contains("another program", Assert.Throws<StoreException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_of_a_newer_server_is_refused()
    {
        await Open().DisposeAsync();
        Sql("PRAGMA user_version = 99");

        Assert.Contains("Use the newer server", Assert.Throws<StoreException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_store_is_refused()
    {
        await using (var store = Open())
        {
            for (var i = 0; i < 200; i++)
                await Committed(store, Writing($"p{i}", 0, new string('x', 500)));
        }
        Sql("PRAGMA wal_checkpoint(TRUNCATE)");
        await using (var file = File.OpenWrite(folder["weft.db"]))
        {
            file.Position = 4096 * 3;
            file.Write(Encoding.ASCII.GetBytes(new string('!', 4096 * 4)));
        }

        Assert.Contains("damaged", Assert.Throws<StoreException>(() => Open()).Message, StringComparison.Ordinal);
    }

    void Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={folder["weft.db"]};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file only
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
