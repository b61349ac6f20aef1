using System.Runtime.InteropServices;

namespace Weft.ClickHouseServer.Engine;

/// <summary>What a statement did, and its output as long as this is not disposed.</summary>
sealed unsafe class EngineResult : IDisposable
{
    nint result;

    public EngineResult(nint result)
    {
        this.result = result;
        Error = Marshal.PtrToStringUTF8((nint)Chdb.chdb_result_error(result)) is { Length: > 0 } message ? new(message) : null;
        if (Error is not null)
            return; // the figures are not set then
        Length = (long)Chdb.chdb_result_length(result);
        Summary = new(
            Chdb.chdb_result_storage_rows_read(result), Chdb.chdb_result_storage_bytes_read(result),
            Chdb.chdb_result_rows_written(result), Chdb.chdb_result_bytes_written(result),
            Chdb.chdb_result_rows_read(result), Chdb.chdb_result_bytes_read(result),
            TimeSpan.FromSeconds(Chdb.chdb_result_elapsed(result)));
    }

    public EngineError? Error { get; }

    public long Length { get; }

    public Summary Summary { get; }

    /// <summary>A piece of the output; copied, because the engine's memory cannot be awaited upon.</summary>
    public int Read(long offset, Span<byte> destination)
    {
        var count = (int)Math.Min(destination.Length, Length - offset);
        new ReadOnlySpan<byte>(Chdb.chdb_result_buffer(result) + offset, count).CopyTo(destination);
        return count;
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        Read(0, bytes);
        return bytes;
    }

    public void Dispose()
    {
        if (result == 0)
            return;
        Chdb.chdb_destroy_query_result(result);
        result = 0;
    }
}

/// <summary>The figures of X-ClickHouse-Summary.</summary>
readonly record struct Summary(
    ulong ReadRows, ulong ReadBytes, ulong WrittenRows, ulong WrittenBytes, ulong ResultRows, ulong ResultBytes, TimeSpan Elapsed)
{
    /// <summary>All figures as strings, as ClickHouse writes them.</summary>
    public string ToJson() =>
        $$"""{"read_rows":"{{ReadRows}}","read_bytes":"{{ReadBytes}}","written_rows":"{{WrittenRows}}","written_bytes":"{{WrittenBytes}}","total_rows_to_read":"0","result_rows":"{{ResultRows}}","result_bytes":"{{ResultBytes}}","elapsed_ns":"{{(long)Elapsed.TotalNanoseconds}}"}""";
}
