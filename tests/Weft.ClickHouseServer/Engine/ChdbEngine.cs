using System.Diagnostics;
using System.Text;

namespace Weft.ClickHouseServer.Engine;

/// <summary>The one engine of this process, over one folder of data.</summary>
/// <remarks>
/// The library keeps its engine for as long as a connection is open, so one is held from start to end; it also is the one that
/// ends the statements of others. Connections are cheap (0.2 ms), run side by side, and each runs one statement at a time.
/// </remarks>
sealed class ChdbEngine : IDisposable
{
    readonly string[] arguments;
    readonly EngineConnection anchor;
    readonly Lock anchorLock = new();

    ChdbEngine(string[] arguments)
    {
        this.arguments = arguments;
        anchor = EngineConnection.Open(arguments);
        try
        {
            Version = Ask("SELECT version()");
            TimeZone = Ask("SELECT timezone()");
        }
        catch
        {
            anchor.Dispose();
            throw;
        }
    }

    public string Version { get; }

    public string TimeZone { get; }

    /// <summary>Starts the engine. <paramref name="settings"/> are <c>NAME=VALUE</c> of system.server_settings.</summary>
    public static ChdbEngine Start(string folder, IEnumerable<string> settings)
    {
        if (!File.Exists(Chdb.LibraryPath))
            throw new FileNotFoundException($"libchdb.so is not at {Chdb.LibraryPath}: run eng/chdb.sh, or name it in WEFT_CHDB");
        Directory.CreateDirectory(folder);
        // .NET needs its own handlers of signals: it suspends threads and ends the process by them.
        Chdb.chdb_set_signal_handlers_enabled(0);
        return new(["clickhouse", "--path=" + Path.GetFullPath(folder), .. settings.Select(setting => "--" + setting)]);
    }

    public EngineConnection Connect() => EngineConnection.Open(arguments);

    /// <summary>Asks the engine to end the statement that a thread runs; it may have ended, or not begun to be known, already.</summary>
    public void Kill(int thread)
    {
        lock (anchorLock)
            anchor.Run(Encoding.UTF8.GetBytes($"KILL QUERY WHERE has(thread_ids, {thread}) ASYNC"), "Null", []).Dispose();
    }

    public void Dispose()
    {
        lock (anchorLock)
            anchor.Dispose();
    }

    string Ask(string query)
    {
        using var result = anchor.Run(Encoding.UTF8.GetBytes(query), "TSVRaw", []);
        return result.Error is null
            ? Encoding.UTF8.GetString(result.ToArray()).TrimEnd()
            : throw new UnreachableException($"{query}: {result.Error.Message}");
    }
}
