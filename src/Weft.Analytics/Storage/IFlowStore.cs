using Apache.Arrow;
using Weft.Analytics.Sql;

namespace Weft.Analytics.Storage;

/// <summary>
/// Where flow records are kept and asked. The tables are <see cref="FlowTables"/>'; what differs between stores is how they
/// are written, kept and spoken to.
/// </summary>
/// <remarks>Thread-safe; one append at a time is enough for whoever writes.</remarks>
public interface IFlowStore : IAsyncDisposable
{
    /// <summary>For people: <c>duckdb</c>, <c>clickhouse</c>.</summary>
    string Kind { get; }

    SqlDialect Dialect { get; }

    /// <summary>Makes or brings up to date what is stored; nothing else is called before it is done.</summary>
    /// <exception cref="FlowStoreException">It cannot be used: of a newer version, damaged, not there.</exception>
    Task OpenAsync(CancellationToken cancellation);

    /// <summary>
    /// Stores all of them or none, safe against a crash when it returns. A batch whose number its series has passed
    /// already is left out.
    /// </summary>
    /// <exception cref="FlowStoreException">Nothing was stored; <see cref="FlowStoreException.MayPass"/> says whether to try again.</exception>
    Task AppendAsync(IReadOnlyList<FlowDelivery> deliveries, CancellationToken cancellation);

    /// <summary>The newest batch of the series that is safe; 0: none.</summary>
    Task<ulong> NewestAsync(Guid series, CancellationToken cancellation);

    /// <summary>Rows of an answer, some thousands at a time, with the statement's columns; cancelling ends it in the store too.</summary>
    /// <exception cref="FlowStoreException"/>
    IAsyncEnumerable<RecordBatch> QueryAsync(SqlQuery query, CancellationToken cancellation);

    /// <summary>What is there now.</summary>
    Task<FlowHoldings> HoldingsAsync(CancellationToken cancellation);

    /// <summary>Rolls up, and forgets what is too old or too much; called every few seconds, also while others write and ask.</summary>
    Task MaintainAsync(FlowRetention retention, DateTimeOffset now, CancellationToken cancellation);
}

/// <summary>One batch of one node, as it came.</summary>
/// <param name="Series">Of the node's numbers.</param>
/// <param name="Number">In the series, from 1; they come in order.</param>
/// <param name="Records">With <see cref="Weft.Flows.FlowSchema.Arrow"/>.</param>
public sealed record FlowDelivery(string Node, Guid Series, ulong Number, RecordBatch Records);

/// <summary>How long and how much is kept.</summary>
/// <param name="Records">Age of records.</param>
/// <param name="Minutes">Age of roll-ups by the minute.</param>
/// <param name="Hours">Age of roll-ups by the hour.</param>
/// <param name="Bytes">Of all on disk; the oldest go first, roll-ups only while they have more than half. 0: no limit.</param>
public sealed record FlowRetention(TimeSpan Records, TimeSpan Minutes, TimeSpan Hours, long Bytes)
{
    public static readonly FlowRetention Default = new(TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(365), 20L << 30);
}

/// <summary>What a store holds.</summary>
/// <param name="Rows">Records.</param>
/// <param name="Bytes">On disk.</param>
/// <param name="Oldest">Time of the oldest record; null: there is none.</param>
/// <param name="Newest">Time of the newest.</param>
/// <param name="RolledUp">
/// For each roll-up the ingest number (<see cref="FlowTables.Ingest"/>) up to which records are in it; those after it are
/// in the records alone. <see cref="ulong.MaxValue"/>: it always has all of them.
/// </param>
public sealed record FlowHoldings(
    long Rows, long Bytes, DateTimeOffset? Oldest, DateTimeOffset? Newest, IReadOnlyDictionary<FlowTable, ulong> RolledUp);

/// <summary>The store cannot do what was asked.</summary>
public sealed class FlowStoreException : Exception
{
    public FlowStoreException(string message, bool mayPass, Exception? inner = null) : base(message, inner) => MayPass = mayPass;

    public FlowStoreException() { }

    public FlowStoreException(string message) : base(message) { }

    public FlowStoreException(string message, Exception inner) : base(message, inner) { }

    /// <summary>Trying again later makes sense: the disk is full, the server away.</summary>
    public bool MayPass { get; }
}
