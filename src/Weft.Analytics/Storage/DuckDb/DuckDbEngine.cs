using System.Globalization;
using DuckDB.NET.Native;

namespace Weft.Analytics.Storage.DuckDb;

/// <summary>
/// The engine in this process. Its own database is in memory and holds only views; records are in attached files.
/// </summary>
sealed class DuckDbEngine : IDisposable
{
    readonly DuckDBDatabase _database;
    readonly DuckDbOptions _options;

    internal DuckDbEngine(DuckDbOptions options)
    {
        _options = options;
        NativeMethods.Configuration.DuckDBCreateConfig(out var config);
        using (config)
        {
            foreach (var (name, value) in Settings(options))
            {
                if (NativeMethods.Configuration.DuckDBSetConfig(config, name, value) != DuckDBState.Success)
                    throw new FlowStoreException($"the flow store's engine does not know the setting {name}", false);
            }
            if (NativeMethods.Startup.DuckDBOpen(":memory:", out _database, config, out var error) != DuckDBState.Success)
                throw new FlowStoreException($"the flow store's engine does not start: {error}", false);
        }
    }

    /// <summary>Set when the engine must be opened again.</summary>
    internal bool IsBroken { get; private set; }

    internal string Folder => _options.Folder;

    internal DuckDbSession Connect(Action? ended = null)
    {
        if (NativeMethods.Startup.DuckDBConnect(_database, out var connection) != DuckDBState.Success)
            throw new FlowStoreException("the flow store's engine takes no more connections", true);
        return new DuckDbSession(this, connection, ended);
    }

    /// <summary>Of an error; remembers when it leaves the engine useless.</summary>
    internal FlowStoreException Failed(DuckDBErrorType type, string message)
    {
        IsBroken |= DuckDbErrors.IsFatal(type, message);
        return DuckDbErrors.Of(type, message, Folder);
    }

    public void Dispose() => _database.Dispose();

    static IEnumerable<(string Name, string Value)> Settings(DuckDbOptions options) =>
    [
        ("threads", Text(options.Threads)),
        ("memory_limit", Size(options.MemoryBytes)),
        ("temp_directory", Path.Combine(options.Folder, "temporary")),
        ("max_temp_directory_size", Size(options.TemporaryBytes)),
        // The store makes checkpoints itself, so that no append waits for one that another could have made.
        ("checkpoint_threshold", "1TB"),
        ("preserve_insertion_order", "false"),
        ("autoinstall_known_extensions", "false"),
        ("autoload_known_extensions", "false"),
        ("allocator_flush_threshold", "16MB"),
    ];

    internal static string Size(long bytes) => Text(bytes / 1024) + "KiB";

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
