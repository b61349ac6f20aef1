using Weft.Analytics.Fields;
using Weft.Analytics.Queries;
using Weft.Analytics.Storage;
using Weft.Server.Access;
using Weft.Server.Rest;

namespace Weft.Server.Flows.Asking;

/// <summary>How the record of flows is.</summary>
/// <param name="RecordsPerSecond">Of the last minute.</param>
/// <param name="Losses">Of all nodes, by place: what could not be told.</param>
/// <param name="Nodes">For administrators.</param>
sealed record FlowStatusReport(
    FlowStoreReport Store, double RecordsPerSecond, IReadOnlyDictionary<string, ulong> Losses, IReadOnlyList<FlowNodeReport> Nodes)
{
    static readonly TimeSpan s_away = TimeSpan.FromSeconds(60);

    internal static async Task<FlowStatusReport> MakeAsync(FlowAsker asker, Caller caller, CancellationToken cancellation)
    {
        var now = asker.Time.GetUtcNow();
        var refused = asker.Intake.Refused;
        FlowHoldings? holdings = null;
        var recent = 0.0;
        try
        {
            holdings = await asker.Store.HoldingsAsync(cancellation);
            recent = await RecentAsync(asker, holdings, now, cancellation);
        }
        catch (Exception failure) when (failure is FlowStoreException or ProblemException)
        {
            refused = refused.Length > 0 ? refused : failure.Message;
        }
        return new(
            new(asker.Store.Kind, holdings?.Rows ?? 0, holdings?.Bytes ?? 0, Written(holdings?.Oldest), Written(holdings?.Newest),
                asker.Options.Retention.Bytes, asker.Intake.StoredRecords, asker.Intake.WaitingBytes, asker.Board.Unreadable, refused),
            recent, asker.Board.Losses,
            caller.IsAdmin ? [.. asker.Board.Nodes.OrderBy(node => node.Key, StringComparer.Ordinal).Select(node => Of(node.Key, node.Value, now))] : []);
    }

    static FlowNodeReport Of(string name, NodeFlows node, DateTimeOffset now) => new(
        name, now - node.Heard < s_away, Written(node.Heard), node.Records, node.Losses, node.WaitingBytes, (long)node.ClockOffset.TotalMilliseconds);

    static async Task<double> RecentAsync(FlowAsker asker, FlowHoldings holdings, DateTimeOffset now, CancellationToken cancellation)
    {
        var minute = TimeSpan.FromMinutes(1);
        // Both ends of a connection are stored.
        var query = new FlowQuery(FlowTime.Of(now - minute), FlowTime.Of(now), FlowObservers.Both) { Aggregates = [FlowAggregate.Count] };
        var count = 0.0;
        await foreach (var block in asker.AskAsync(new FlowStatements(query, FlowAccess.Everything).Answer(FlowPlan.Make(query, holdings), 1), cancellation))
        {
            if (block.Length > 0)
                count = new AnswerValues(query.Columns[0], block.Column(0)).Real(0);
        }
        return Math.Round(count / minute.TotalSeconds, 1);
    }

    static string? Written(DateTimeOffset? time) => time is { } known ? FlowTime.Write(FlowTime.Of(known)) : null;
}

/// <param name="Rows">Records.</param>
/// <param name="Bytes">On disk.</param>
/// <param name="LimitBytes">That may be on disk; 0: no limit.</param>
/// <param name="Stored">Records, since the server runs.</param>
/// <param name="WaitingBytes">In the server's memory, for the store.</param>
/// <param name="Unreadable">Batches that made no sense.</param>
/// <param name="Refused">Why nothing is stored now; empty: it is.</param>
sealed record FlowStoreReport(
    string Kind, long Rows, long Bytes, string? Oldest, string? Newest, long LimitBytes, long Stored, long WaitingBytes, long Unreadable, string Refused);

/// <param name="Connected">It has said something in the last minute.</param>
/// <param name="Records">Since the server runs.</param>
/// <param name="Losses">What could not be told, by place.</param>
/// <param name="WaitingBytes">On its disk.</param>
sealed record FlowNodeReport(
    string Name, bool Connected, string? Heard, ulong Records, IReadOnlyDictionary<string, ulong> Losses, ulong WaitingBytes, long ClockOffsetMilliseconds);
