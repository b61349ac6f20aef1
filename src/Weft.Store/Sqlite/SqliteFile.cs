using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Weft.Store.Sqlite;

/// <summary>
/// The database file: whether it is ours and whole, its schema and migrations, and the lock that keeps a
/// second server out. The kernel drops the lock with the process, however it ends.
/// </summary>
sealed class SqliteFile : IDisposable
{
    /// <summary>"Weft", in the header of the file where <c>file(1)</c> finds it too.</summary>
    const int ApplicationId = 0x57656674;

    /// <summary>Each takes the schema one version up; what is here never changes once released.</summary>
    static readonly string[] Migrations =
    [
        """
        CREATE TABLE resources (
            kind TEXT NOT NULL, project TEXT NOT NULL, name TEXT NOT NULL,
            revision INTEGER NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (kind, project, name)) WITHOUT ROWID;
        CREATE TABLE changes (
            revision INTEGER NOT NULL, ordinal INTEGER NOT NULL, type INTEGER NOT NULL,
            kind TEXT NOT NULL, written INTEGER NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (revision, ordinal)) WITHOUT ROWID;
        CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL, compacted INTEGER NOT NULL);
        INSERT INTO state VALUES (1, 0, 0);
        """,
    ];

    readonly string path;
    readonly FileStream ownership;

    SqliteFile(string path, FileStream ownership)
    {
        this.path = path;
        this.ownership = ownership;
    }

    /// <exception cref="StoreException">Not ours, damaged, too new, in use, or not accessible.</exception>
    public static SqliteFile Open(string path)
    {
        var file = new SqliteFile(path, TakeOwnership(path));
        try
        {
            using var connection = file.Connect();
            file.Check(connection);
            file.Migrate(connection);
            return file;
        }
        catch (SqliteException e)
        {
            file.Dispose();
            throw file.Explain(e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        // FULL: in WAL mode the log is flushed to the disk before a commit returns.
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;");
        return connection;
    }

    public StoreException Explain(SqliteException e) => e.SqliteErrorCode switch
    {
        11 or 26 => new($"{path} is damaged or not a database ({e.Message}). Restore it from a copy, or move it away to start empty.", e),
        13 => new($"no space left on the disk of {path}", e),
        8 or 14 or 23 => new($"{path} cannot be opened for writing: {e.Message}", e),
        _ => new($"{path}: {e.Message}", e),
    };

    public void Dispose() => ownership.Dispose();

    static FileStream TakeOwnership(string path)
    {
        var lockPath = path + ".lock";
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            CreatePrivate(path);
            return new(lockPath, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreException($"{path} cannot be opened for writing: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new StoreException($"{path} is in use by another server, or its folder cannot be written: {e.Message}", e);
        }
    }

    /// <summary>SQLite would make the file readable by everyone; its -wal and -shm take over the mode of the file.</summary>
    static void CreatePrivate(string path)
    {
        if (!File.Exists(path))
        {
            using var _ = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
    }

    void Check(SqliteConnection connection)
    {
        var application = Number(connection, "PRAGMA application_id");
        var tables = Number(connection, "SELECT count(*) FROM sqlite_schema");
        if (application != ApplicationId && (application != 0 || tables != 0))
            throw new StoreException($"{path} is a database of another program. Give the server a data directory of its own.");
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA quick_check(1)";
        if (command.ExecuteScalar() is string verdict && verdict != "ok")
            throw new StoreException($"{path} is damaged ({verdict}). Restore it from a copy, or move it away to start empty.");
    }

    void Migrate(SqliteConnection connection)
    {
        var version = Number(connection, "PRAGMA user_version");
        if (version > Migrations.Length)
            throw new StoreException($"{path} has schema {version}; this server knows {Migrations.Length}. Use the newer server.");
        for (; version < Migrations.Length; version++)
        {
            var next = (version + 1).ToString(CultureInfo.InvariantCulture);
            Execute(connection,
                $"BEGIN IMMEDIATE; {Migrations[version]} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {next}; COMMIT;");
        }
    }

    /// <summary>Rolls back, unless SQLite has done so by itself because of the error.</summary>
    public static void Abandon(SqliteConnection connection)
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0)
            Execute(connection, "ROLLBACK");
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file only
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    static long Number(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file only
        command.CommandText = sql;
#pragma warning restore CA2100
        return (long)command.ExecuteScalar()!;
    }
}
