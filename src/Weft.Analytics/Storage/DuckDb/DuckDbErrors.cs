using DuckDB.NET.Native;

namespace Weft.Analytics.Storage.DuckDb;

/// <summary>What the engine says, in the words of <see cref="IFlowStore"/>.</summary>
static class DuckDbErrors
{
    internal static FlowStoreException Of(DuckDBErrorType type, string message, string folder)
    {
        if (IsFull(message))
            return new($"the disk of {folder} is full: nothing is stored until there is room ({FirstLine(message)})", true);
        if (message.Contains("Could not set lock", StringComparison.Ordinal))
            return new($"another process uses {folder}: stop it, or give this one another folder ({FirstLine(message)})", true);
        return type switch
        {
            DuckDBErrorType.OutOfMemory => new($"the flow store needs more memory than it may use: ask for less, or allow it more ({FirstLine(message)})", true),
            DuckDBErrorType.Io => new($"the flow store cannot read or write in {folder}: {FirstLine(message)}", true),
            DuckDBErrorType.Serialization => new($"a file in {folder} is damaged: {FirstLine(message)}", false),
            _ => new($"flow store: {FirstLine(message)}", false),
        };
    }

    /// <summary>Whether the engine is of no use after it: it must be opened again.</summary>
    internal static bool IsFatal(DuckDBErrorType type, string message) =>
        type is DuckDBErrorType.Fatal or DuckDBErrorType.Internal
        || message.Contains("database has been invalidated", StringComparison.Ordinal);

    static bool IsFull(string message) =>
        message.Contains("No space left", StringComparison.Ordinal) || message.Contains("Disk quota exceeded", StringComparison.Ordinal);

    static string FirstLine(string message)
    {
        var end = message.AsSpan().IndexOf('\n');
        return end < 0 ? message : message[..end];
    }
}
