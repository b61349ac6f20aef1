using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using ClickHouse.Driver;
using ClickHouse.Driver.ADO;
using ClickHouse.Driver.Utility;
using Weft.Analytics.Sql;

namespace Weft.Analytics.Storage.ClickHouse;

/// <summary>Speaks to ClickHouse: statements, questions whose rows come as they are found, inserts.</summary>
/// <remarks>
/// Everything of the engine that matters is said with each request: what its server is set to makes no difference. Failures
/// are <see cref="FlowStoreException"/>, apart from those of inserts, whose cause matters to who inserts.
/// </remarks>
sealed class ClickHouseSession : IDisposable
{
    static readonly TimeSpan s_connect = TimeSpan.FromSeconds(5);

    /// <summary>Shorter than ClickHouse keeps them.</summary>
    static readonly TimeSpan s_idle = TimeSpan.FromSeconds(2);

    static readonly Dictionary<string, object> s_asking = new()
    {
        // Only what cannot write is ended when its client leaves.
        ["readonly"] = 2,
        ["cancel_http_readonly_queries_on_client_close"] = 1,
        ["output_format_arrow_compression_method"] = "none",
        ["output_format_arrow_string_as_string"] = 1,
        ["output_format_arrow_low_cardinality_as_dictionary"] = 0,
        ["session_timezone"] = "UTC",
    };

    readonly HttpClient _http = new(new SocketsHttpHandler
    {
        ConnectTimeout = s_connect,
        PooledConnectionIdleTimeout = s_idle,
        // Who does not want the rest of an answer closes the connection: that ends the query.
        ResponseDrainTimeout = TimeSpan.Zero,
        MaxResponseDrainSize = 0,
        UseProxy = false,
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    readonly ClickHouseClient _client;
    readonly ClickHouseClient _server;

    internal ClickHouseSession(ClickHouseOptions options)
    {
        Options = options;
        _client = Client(options, options.Database);
        _server = Client(options, "");
    }

    internal ClickHouseOptions Options { get; }

    /// <summary>Changes tables, outside of the database when it may not be there yet.</summary>
    internal Task ExecuteAsync(string sql, CancellationToken cancellation, bool anywhere = false) => LimitedAsync(
        async token => await (anywhere ? _server : _client).ExecuteNonQueryAsync(sql, cancellationToken: token).ConfigureAwait(false), cancellation);

    /// <summary>All rows of a short answer.</summary>
    internal async Task<IReadOnlyList<RecordBatch>> ReadAsync(string sql, CancellationToken cancellation)
    {
        var batches = new List<RecordBatch>();
        await LimitedAsync(
            async token =>
            {
                await foreach (var batch in AskAsync(new(sql, []), token).ConfigureAwait(false))
                    batches.Add(batch);
            }, cancellation).ConfigureAwait(false);
        return batches;
    }

    /// <summary>Rows as they come; ends the query when it is cancelled, or when nobody wants more.</summary>
    internal async IAsyncEnumerable<RecordBatch> AskAsync(SqlQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var connection = _client.CreateConnection();
        using var command = connection.CreateCommand(query.Text + "\nFORMAT ArrowStream");
        foreach (var (name, value) in s_asking)
            command.CustomSettings[name] = value;
        foreach (var parameter in query.Parameters)
            command.AddParameter(parameter.Name, parameter.Value);
        using var answer = await TranslatedAsync(() => command.ExecuteRawResultAsync(cancellation), cancellation).ConfigureAwait(false);
        await using var stream = new AnswerStream(await answer.ReadAsStreamAsync().ConfigureAwait(false), Options);
        using var reader = new ArrowStreamReader(stream, leaveOpen: true);
        while (await NextAsync(reader, stream, cancellation).ConfigureAwait(false) is { } batch)
            yield return AnswerBatch.Of(batch);
    }

    /// <summary>Puts rows into a table; with the same token twice, once.</summary>
    /// <remarks>Throws what the client throws.</remarks>
    internal async Task InsertAsync(string table, Stream rows, string token, CancellationToken cancellation)
    {
        var settings = new Dictionary<string, object>
        {
            ["insert_deduplicate"] = 1,
            ["insert_deduplication_token"] = token,
            ["deduplicate_blocks_in_dependent_materialized_views"] = 1,
            ["materialized_views_ignore_errors"] = 0,
            ["optimize_on_insert"] = 0, // views have added up what is in the block
            ["async_insert"] = 0, // the default would answer before it is stored
            ["max_partitions_per_insert_block"] = 0, // what waited on a node's disk may be of many hours
            // One block, one part: what is not whole is not there.
            ["max_insert_block_size"] = InsertBatch.MostRows,
            ["min_insert_block_size_rows"] = InsertBatch.MostRows,
            ["min_insert_block_size_bytes"] = 0,
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Options.Timeout);
        using var answer = await _client.InsertRawStreamAsync(
            table, rows, "ArrowStream", useCompression: false, options: new() { CustomSettings = settings }, cancellationToken: limit.Token).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _http.Dispose();
    }

    ClickHouseClient Client(ClickHouseOptions options, string database) => new(new ClickHouseClientSettings
    {
        Protocol = options.Url.Scheme,
        Host = options.Url.Host,
        Port = (ushort)options.Url.Port,
        Database = database,
        Username = options.User,
        Password = options.Password,
        UseCompression = false,
        HttpClient = _http,
    });

    async Task LimitedAsync(Func<CancellationToken, Task> step, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Options.Timeout);
        await TranslatedAsync(
            async () =>
            {
                await step(limit.Token).ConfigureAwait(false);
                return true;
            }, cancellation).ConfigureAwait(false);
    }

    Task<RecordBatch?> NextAsync(ArrowStreamReader reader, AnswerStream stream, CancellationToken cancellation) => TranslatedAsync<RecordBatch?>(
        async () =>
        {
            RecordBatch? batch = null;
            Exception? broken = null;
            try
            {
                batch = await reader.ReadNextRecordBatchAsync(cancellation).ConfigureAwait(false);
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested)
            {
                broken = failure;
            }
            if (batch is not null)
                return batch;
            // Whether that was all, or something went wrong, the engine says behind the rows.
            broken = await stream.FailureAsync(cancellation).ConfigureAwait(false) ?? broken;
            return broken is null ? null : throw broken;
        }, cancellation);

    async Task<T> TranslatedAsync<T>(Func<Task<T>> step, CancellationToken cancellation)
    {
        try
        {
            return await step().ConfigureAwait(false);
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (Exception failure)
        {
            throw ClickHouseErrors.Of(failure, Options);
        }
    }
}
