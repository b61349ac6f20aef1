using System.Reflection;
using System.Runtime.InteropServices;

namespace Weft.ClickHouseServer.Engine;

/// <summary>The part of libchdb.so's C interface that is used here, in its own spelling.</summary>
static unsafe partial class Chdb
{
    const string Library = "chdb";
    const string Version = "26.5.3";

    static Chdb() => NativeLibrary.SetDllImportResolver(typeof(Chdb).Assembly, Resolve);

    /// <summary>Where eng/chdb.sh leaves the library, or what WEFT_CHDB names.</summary>
    public static string LibraryPath =>
        Environment.GetEnvironmentVariable("WEFT_CHDB") is { Length: > 0 } named
            ? named
            : Path.Combine(CacheFolder, "weft", "chdb-" + Version, "libchdb.so");

    static string CacheFolder =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == Library ? NativeLibrary.Load(LibraryPath) : 0;

    [LibraryImport(Library)]
    public static partial void chdb_set_signal_handlers_enabled(int enabled);

    [LibraryImport(Library)]
    public static partial nint* chdb_connect(int argc, byte** argv);

    [LibraryImport(Library)]
    public static partial void chdb_close_conn(nint* connection);

    [LibraryImport(Library)]
    public static partial nint chdb_query_with_params_n(
        nint connection, byte* query, nuint queryLength, byte* format, nuint formatLength,
        byte** names, nuint* nameLengths, byte** values, nuint* valueLengths, nuint count);

    [LibraryImport(Library)]
    public static partial void chdb_destroy_query_result(nint result);

    [LibraryImport(Library)]
    public static partial byte* chdb_result_buffer(nint result);

    [LibraryImport(Library)]
    public static partial nuint chdb_result_length(nint result);

    [LibraryImport(Library)]
    public static partial byte* chdb_result_error(nint result);

    [LibraryImport(Library)]
    public static partial double chdb_result_elapsed(nint result);

    [LibraryImport(Library)]
    public static partial ulong chdb_result_storage_rows_read(nint result);

    [LibraryImport(Library)]
    public static partial ulong chdb_result_storage_bytes_read(nint result);

    [LibraryImport(Library)]
    public static partial ulong chdb_result_rows_read(nint result);

    [LibraryImport(Library)]
    public static partial ulong chdb_result_bytes_read(nint result);

    [LibraryImport(Library)]
    public static partial ulong chdb_result_rows_written(nint result);

    [LibraryImport(Library)]
    public static partial ulong chdb_result_bytes_written(nint result);
}
