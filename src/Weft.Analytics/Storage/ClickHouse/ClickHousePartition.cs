namespace Weft.Analytics.Storage.ClickHouse;

/// <summary>A part of a table that is forgotten as a whole.</summary>
/// <param name="Newest">Time of its newest row.</param>
sealed record ClickHousePartition(FlowTable Table, string Id, DateTimeOffset Newest, long Bytes)
{
    /// <summary>The first time that is not of it.</summary>
    DateTimeOffset End
    {
        get
        {
            var begin = Table switch
            {
                FlowTable.Records => new DateTimeOffset(Newest.Year, Newest.Month, Newest.Day, Newest.Hour, 0, 0, TimeSpan.Zero),
                FlowTable.Minutes => new(Newest.Year, Newest.Month, Newest.Day, 0, 0, 0, TimeSpan.Zero),
                _ => new(Newest.Year, Newest.Month, 1, 0, 0, 0, TimeSpan.Zero),
            };
            return Table switch
            {
                FlowTable.Records => begin.AddHours(1),
                FlowTable.Minutes => begin.AddDays(1),
                _ => begin.AddMonths(1),
            };
        }
    }

    internal static TimeSpan Age(FlowTable table, FlowRetention retention) => table switch
    {
        FlowTable.Records => retention.Records,
        FlowTable.Minutes => retention.Minutes,
        _ => retention.Hours,
    };

    /// <summary>
    /// Those that are too old in whole; and of too many bytes the oldest, but never the newest of a table, which is written to.
    /// Roll-ups keep at most half of the room.
    /// </summary>
    internal static IReadOnlyList<ClickHousePartition> Outdated(
        IReadOnlyCollection<ClickHousePartition> partitions, FlowRetention retention, DateTimeOffset now)
    {
        var outdated = partitions.Where(partition => partition.End <= now - Age(partition.Table, retention)).ToList();
        var left = partitions.Except(outdated).GroupBy(partition => partition.Table)
            .ToDictionary(group => group.Key, group => new Queue<ClickHousePartition>(group.OrderBy(partition => partition.Newest)));
        while (retention.Bytes > 0 && left.Keys.Sum(BytesOf) > retention.Bytes && Next() is { } table)
            outdated.Add(left[table].Dequeue());
        return outdated;

        long BytesOf(FlowTable table) => left.TryGetValue(table, out var queue) ? queue.Sum(partition => partition.Bytes) : 0;

        FlowTable? Next()
        {
            FlowTable[] rollUps = BytesOf(FlowTable.Minutes) > BytesOf(FlowTable.Hours) ? [FlowTable.Minutes, FlowTable.Hours] : [FlowTable.Hours, FlowTable.Minutes];
            FlowTable[] order = BytesOf(FlowTable.Records) < retention.Bytes / 2 ? [.. rollUps, FlowTable.Records] : [FlowTable.Records, .. rollUps];
            return order.Where(table => left.TryGetValue(table, out var queue) && queue.Count > 1).Select(table => (FlowTable?)table).FirstOrDefault();
        }
    }
}
