using Apache.Arrow;
using DuckDB.NET.Native;
using Weft.Analytics.Sql;
using static DuckDB.NET.Native.NativeMethods;

namespace Weft.Analytics.Storage.DuckDb;

/// <summary>One connection to the engine: one statement at a time.</summary>
sealed class DuckDbSession(DuckDbEngine engine, DuckDBNativeConnection connection, Action? ended = null) : IDisposable
{
    internal DuckDBNativeConnection Connection => connection;

    internal DuckDbEngine Engine => engine;

    /// <summary>Ends what runs on this connection; from any thread.</summary>
    internal void Interrupt() => Startup.DuckDBInterrupt(connection);

    internal void Execute(string sql)
    {
        var state = Query.DuckDBQuery(connection, sql, out var result);
        try
        {
            if (state != DuckDBState.Success)
                throw engine.Failed(Query.DuckDBResultErrorType(ref result), Query.DuckDBResultError(ref result));
        }
        finally
        {
            Query.DuckDBDestroyResult(ref result);
        }
    }

    /// <summary>All of them happen, or none.</summary>
    internal void Transact(Action steps)
    {
        Execute("BEGIN TRANSACTION");
        try
        {
            steps();
            Execute("COMMIT");
        }
        catch
        {
            TryRollBack();
            throw;
        }
    }

    /// <summary>The result of a small statement.</summary>
    internal IReadOnlyList<RecordBatch> Read(string sql)
    {
        using var cursor = Open(new SqlQuery(sql, []));
        var batches = new List<RecordBatch>();
        while (cursor.Next() is { } batch)
            batches.Add(batch);
        return batches;
    }

    /// <summary>Starts a query; its rows are made as they are taken.</summary>
    internal DuckDbCursor Open(SqlQuery query)
    {
        if (PreparedStatements.DuckDBPrepare(connection, query.Text, out var statement) != DuckDBState.Success)
        {
            using (statement)
                throw engine.Failed(DuckDBErrorType.Invalid, PreparedStatements.DuckDBPrepareError(statement));
        }
        using (statement)
        {
            foreach (var parameter in query.Parameters)
                Bind(statement, parameter);
            var state = PreparedStatements.DuckDBExecutePreparedStreaming(statement, out var result);
            if (state == DuckDBState.Success)
                return new DuckDbCursor(engine, result);
            try
            {
                throw engine.Failed(Query.DuckDBResultErrorType(ref result), Query.DuckDBResultError(ref result));
            }
            finally
            {
                Query.DuckDBDestroyResult(ref result);
            }
        }
    }

    public void Dispose()
    {
        connection.Dispose();
        ended?.Invoke();
    }

    void TryRollBack()
    {
        try
        {
            Execute("ROLLBACK");
        }
        catch (FlowStoreException)
        {
            // The failed commit has rolled back, or the engine is broken: what matters is the first error.
        }
    }

    void Bind(DuckDBPreparedStatement statement, SqlParameter parameter)
    {
        if (PreparedStatements.DuckDBBindParameterIndex(statement, out var index, parameter.Name) != DuckDBState.Success)
            throw new FlowStoreException($"flow store: the statement has no parameter {parameter.Name}", false);
        using var value = parameter.Value switch
        {
            long number => Value.DuckDBCreateInt64(number),
            ulong number => Value.DuckDBCreateUInt64(number),
            UInt128 address => Value.DuckDBCreateUHugeInt(new DuckDBUHugeInt((ulong)address, (ulong)(address >> 64))),
            double number => Value.DuckDBCreateDouble(number),
            string text => Value.DuckDBCreateVarchar(text),
            _ => throw new ArgumentException($"parameter {parameter.Name} is a {parameter.Value.GetType().Name}", nameof(parameter)),
        };
        if (PreparedStatements.DuckDBBindValue(statement, index, value) != DuckDBState.Success)
            throw engine.Failed(DuckDBErrorType.Invalid, PreparedStatements.DuckDBPrepareError(statement));
    }
}
