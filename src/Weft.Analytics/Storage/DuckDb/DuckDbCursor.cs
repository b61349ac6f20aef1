using Apache.Arrow;
using DuckDB.NET.Native;
using static DuckDB.NET.Native.NativeMethods;

namespace Weft.Analytics.Storage.DuckDb;

/// <summary>Rows of a running query, a chunk of the engine (2,048 rows) at a time.</summary>
sealed class DuckDbCursor : IDisposable
{
    readonly DuckDbEngine _engine;
    readonly ResultColumn[] _columns;
    readonly Schema _schema;
    DuckDBResult _result;

    internal DuckDbCursor(DuckDbEngine engine, DuckDBResult result)
    {
        _engine = engine;
        _result = result;
        try
        {
            _columns = [.. Enumerable.Range(0, (int)Query.DuckDBColumnCount(ref _result)).Select(Column)];
            _schema = new Schema(_columns.Select(column => new Field(column.Name, column.ArrowType, nullable: true)), []);
        }
        catch
        {
            Query.DuckDBDestroyResult(ref _result);
            throw;
        }
    }

    /// <summary>Null: that was all.</summary>
    internal RecordBatch? Next()
    {
        using var chunk = StreamingResult.DuckDBStreamFetchChunk(_result);
        if (chunk.IsInvalid)
        {
            var error = Query.DuckDBResultError(ref _result);
            return string.IsNullOrEmpty(error) ? null : throw _engine.Failed(Query.DuckDBResultErrorType(ref _result), error);
        }
        var count = (int)DataChunks.DuckDBDataChunkGetSize(chunk);
        if (count == 0)
            return null;
        return new RecordBatch(
            _schema, _columns.Select((column, i) => column.Read(DataChunks.DuckDBDataChunkGetVector(chunk, i), count)), count);
    }

    public void Dispose() => Query.DuckDBDestroyResult(ref _result);

    ResultColumn Column(int index)
    {
        var name = Query.DuckDBColumnName(ref _result, index);
        using var type = Query.DuckDBColumnLogicalType(ref _result, index);
        return ResultColumn.Of(name, type);
    }
}
