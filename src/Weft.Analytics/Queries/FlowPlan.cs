using System.Collections.Immutable;
using Weft.Analytics.Fields;
using Weft.Analytics.Storage;
using Weft.Flows;

namespace Weft.Analytics.Queries;

/// <summary>What of a table is read.</summary>
/// <param name="From">The first time, in microseconds.</param>
/// <param name="To">The first that is not meant.</param>
/// <param name="After">Only what has a higher ingest number; 0: all.</param>
/// <param name="UpTo">Only what has no higher one; <see cref="ulong.MaxValue"/>: all.</param>
public sealed record FlowPlanPart(FlowTable Table, long From, long To, ulong After = 0, ulong UpTo = ulong.MaxValue);

/// <summary>
/// Which tables answer a question. Every record of the time that is asked for is in exactly one part, so that the answer is
/// the same whatever the parts are.
/// </summary>
/// <remarks>
/// The coarsest table that can serve the question serves its whole steps; finer ones serve the edges, and what came in after
/// the coarse one was last added up. Roll-ups are told by ingest number how far they may be read: what is added up between
/// looking and asking is not counted twice. Each row of a roll-up is either wholly before or wholly after another's mark.
/// </remarks>
/// <param name="Since">As asked, or the beginning of the step when older records are gone and only roll-ups are left.</param>
/// <param name="Until">Likewise.</param>
public sealed record FlowPlan(ImmutableArray<FlowPlanPart> Parts, long Since, long Until)
{
    public static FlowPlan Make(FlowQuery query, FlowHoldings holdings)
    {
        ImmutableArray<Level> levels =
        [
            .. new[] { FlowTable.Hours, FlowTable.Minutes }
                .Where(table => holdings.RolledUp.GetValueOrDefault(table) > 0 && IsServedBy(query, table))
                .Select(table => new Level(table, (long)table.Step().TotalMicroseconds, holdings.RolledUp[table])),
        ];
        var (since, until) = (query.Since, query.Until);
        if (!levels.IsEmpty && holdings.Oldest is { } oldest && since < FlowTime.Of(oldest))
        {
            var step = levels.Where(level => until - since >= level.Step).Append(levels[^1]).First().Step;
            since = Down(since, step);
            until = until <= FlowTime.Of(oldest) ? Up(until, step) : until;
        }
        return new([.. Split(since, until, levels)], since, until);
    }

    /// <summary>Whether a roll-up has all that is needed.</summary>
    public static bool IsServedBy(FlowQuery query, FlowTable table)
    {
        if (!query.IsGrouped)
            return false;
        if (query.Bucket is { } bucket && bucket % (long)table.Step().TotalMicroseconds != 0)
            return false;
        return query.Where.Fields.Concat(query.GroupBy.Select(name => name.Field)).All(field => field.RollUp == FlowRollUp.Key)
            && query.Aggregates.All(IsServed);
    }

    /// <summary>How many records must be looked at, as far as that can be told without looking.</summary>
    public long EstimatedRecords(FlowHoldings holdings)
    {
        if (holdings.Oldest is not { } first || holdings.Newest is not { } last)
            return 0;
        var (oldest, newest) = (FlowTime.Of(first), FlowTime.Of(last) + 1);
        var rows = 0.0;
        foreach (var part in Parts.Where(part => part.Table == FlowTable.Records && part.After == 0))
            rows += (double)holdings.Rows * Math.Max(0, Math.Min(part.To, newest) - Math.Max(part.From, oldest)) / (newest - oldest);
        return (long)rows;
    }

    static bool IsServed(FlowAggregate aggregate) => aggregate.Kind switch
    {
        FlowAggregateKind.Count => true,
        FlowAggregateKind.Sum or FlowAggregateKind.Average or FlowAggregateKind.Rate => aggregate.Field!.Field.RollUp == FlowRollUp.Sum,
        FlowAggregateKind.Quantile => false,
        _ => aggregate.Field!.Field.RollUp == FlowRollUp.Key,
    };

    static IEnumerable<FlowPlanPart> Split(long from, long to, ImmutableArray<Level> levels)
    {
        if (from >= to)
            return [];
        if (levels is not [var level, .. var finer])
            return [new(FlowTable.Records, from, to)];
        var (first, last) = (Up(from, level.Step), Down(to, level.Step));
        return first >= last
            ? Split(from, to, finer)
            : [.. Split(from, first, finer), .. Whole(first, last, levels), .. Split(last, to, finer)];
    }

    /// <summary>Whole steps: what is added up, and from finer tables what is not yet.</summary>
    static IEnumerable<FlowPlanPart> Whole(long from, long to, ImmutableArray<Level> levels)
    {
        var after = 0UL;
        foreach (var level in levels.Where(level => level.Mark > 0))
        {
            if (level.Mark <= after)
                continue;
            yield return new(level.Table, from, to, after, level.Mark);
            after = level.Mark;
        }
        if (after != ulong.MaxValue)
            yield return new(FlowTable.Records, from, to, after);
    }

    static long Down(long time, long step) => time - time % step;

    static long Up(long time, long step) => Down(time + step - 1, step);

    readonly record struct Level(FlowTable Table, long Step, ulong Mark);
}
