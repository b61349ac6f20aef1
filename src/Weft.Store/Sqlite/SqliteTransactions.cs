using Microsoft.Data.Sqlite;
using Weft.Model.Json;
using Weft.Model.Resources;
using Weft.Model.State;

namespace Weft.Store.Sqlite;

/// <summary>The statements of the writer, prepared once on its one connection. Not for use by two threads.</summary>
sealed class SqliteTransactions : IDisposable
{
    readonly SqliteConnection connection;
    readonly SqliteCommand find, write, delete, log, advance, compact;
    long revision;
    long compacted;

    public SqliteTransactions(SqliteConnection connection)
    {
        this.connection = connection;
        find = Prepare("SELECT revision, body FROM resources WHERE kind = $kind AND project = $project AND name = $name",
            "$kind", "$project", "$name");
        write = Prepare("INSERT OR REPLACE INTO resources VALUES ($kind, $project, $name, $revision, $body)",
            "$kind", "$project", "$name", "$revision", "$body");
        delete = Prepare("DELETE FROM resources WHERE kind = $kind AND project = $project AND name = $name",
            "$kind", "$project", "$name");
        log = Prepare("INSERT INTO changes VALUES ($revision, $ordinal, $type, $kind, $written, $body)",
            "$revision", "$ordinal", "$type", "$kind", "$written", "$body");
        advance = Prepare("UPDATE state SET revision = $revision, compacted = $compacted", "$revision", "$compacted");
        compact = Prepare("DELETE FROM changes WHERE revision <= $revision", "$revision");
        using var read = connection.CreateCommand();
        read.CommandText = "SELECT revision, compacted FROM state";
        using var reader = read.ExecuteReader();
        reader.Read();
        (revision, compacted) = (reader.GetInt64(0), reader.GetInt64(1));
    }

    public long Revision => revision;

    /// <summary>Runs all of them in one transaction, flushed once; each gets its own revision and its own result.</summary>
    public CommitResult[] Run(IReadOnlyList<StoreCommit> commits, int keepRevisions)
    {
        var (revisionBefore, compactedBefore) = (revision, compacted);
        SqliteFile.Execute(connection, "BEGIN IMMEDIATE");
        try
        {
            var results = new CommitResult[commits.Count];
            for (var i = 0; i < commits.Count; i++)
                results[i] = Apply(commits[i]);
            // Twice as many as promised, so that compaction is rare and in bulk.
            if (revision - compacted > 2L * keepRevisions)
                Execute(compact, compacted = revision - keepRevisions);
            if (revision != revisionBefore)
                Execute(advance, revision, compacted);
            SqliteFile.Execute(connection, "COMMIT");
            return results;
        }
        catch
        {
            SqliteFile.Abandon(connection);
            (revision, compacted) = (revisionBefore, compactedBefore);
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[find, write, delete, log, advance, compact])
            command.Dispose();
        connection.Dispose();
    }

    CommitResult Apply(StoreCommit commit)
    {
        foreach (var (key, expected) in commit.Expect)
        {
            var actual = Find(key)?.Revision ?? 0;
            if (actual != expected)
                return new CommitResult.Mismatch(key, actual);
        }
        revision++;
        var ordinal = 0;
        foreach (var key in commit.Deletes)
        {
            if (Find(key) is not { } before)
                continue;
            Execute(delete, key.Kind, key.Project, key.Name);
            Execute(log, revision, ordinal++, (int)ChangeType.Deleted, key.Kind, before.Revision, before.Body);
        }
        foreach (var resource in commit.Writes)
            Write(resource, ordinal++);
        if (ordinal == 0)
            revision--; // nothing happened, so there is nothing to follow
        return new CommitResult.Committed(revision);
    }

    void Write(Resource resource, int ordinal)
    {
        var key = ResourceKey.Of(resource);
        var type = Find(key) is null ? ChangeType.Created : ChangeType.Updated;
        var body = WeftJson.ToUtf8(resource with { Revision = 0 });
        Execute(write, key.Kind, key.Project, key.Name, revision, body);
        Execute(log, revision, ordinal, (int)type, key.Kind, revision, body);
    }

    (long Revision, byte[] Body)? Find(ResourceKey key)
    {
        Bind(find, key.Kind, key.Project, key.Name);
        using var reader = find.ExecuteReader();
        return reader.Read() ? (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)) : null;
    }

    SqliteCommand Prepare(string sql, params ReadOnlySpan<string> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file only
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var name in parameters)
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }

    static void Execute(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        Bind(command, values);
        command.ExecuteNonQuery();
    }

    static void Bind(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i];
    }
}
