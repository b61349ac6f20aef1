using System.Globalization;
using Apache.Arrow;

namespace Weft.Analytics.Storage.ClickHouse;

/// <summary>Forgets what is too old or too much, by whole partitions.</summary>
/// <remarks>The engine forgets by age itself, also while no server runs; here it is done at once, and by size.</remarks>
sealed class ClickHouseKeeper
{
    /// <summary>What all tables have on disk.</summary>
    internal const string Bytes = "SELECT sum(bytes_on_disk) FROM system.parts WHERE database = currentDatabase() AND active AND startsWith(table, 'flows')";

    static readonly FlowTable[] s_tables = [FlowTable.Records, FlowTable.Minutes, FlowTable.Hours];

    FlowRetention? _told;

    internal async Task RunAsync(ClickHouseSession session, FlowRetention retention, DateTimeOffset now, CancellationToken cancellation)
    {
        if (_told is not { } told || told with { Bytes = retention.Bytes } != retention)
        {
            foreach (var table in s_tables)
                await KeepAsync(session, table, ClickHousePartition.Age(table, retention), cancellation).ConfigureAwait(false);
            _told = retention;
        }
        var partitions = new List<ClickHousePartition>();
        foreach (var table in s_tables)
            partitions.AddRange(await PartitionsAsync(session, table, cancellation).ConfigureAwait(false));
        foreach (var outdated in ClickHousePartition.Outdated(partitions, retention, now))
            await session.ExecuteAsync($"ALTER TABLE {outdated.Table.Name()} DROP PARTITION ID '{outdated.Id}'", cancellation).ConfigureAwait(false);
    }

    /// <summary>What is there already is looked at when it is next merged, and by us: nothing is written anew for it.</summary>
    static async Task KeepAsync(ClickHouseSession session, FlowTable table, TimeSpan age, CancellationToken cancellation)
    {
        var wanted = string.Create(CultureInfo.InvariantCulture, $"TTL toDateTime(time) + toIntervalSecond({(long)age.TotalSeconds})");
        var same = await session.ReadAsync(
            $"SELECT 1 FROM system.tables WHERE database = currentDatabase() AND name = '{table.Name()}' AND position(engine_full, '{wanted} ') > 0", cancellation).ConfigureAwait(false);
        if (!same.Any(batch => batch.Length > 0))
            await session.ExecuteAsync($"ALTER TABLE {table.Name()} MODIFY {wanted} SETTINGS materialize_ttl_after_modify = 0", cancellation).ConfigureAwait(false);
    }

    static async Task<IEnumerable<ClickHousePartition>> PartitionsAsync(ClickHouseSession session, FlowTable table, CancellationToken cancellation)
    {
        var sizes = new Dictionary<string, long>();
        foreach (var batch in await session.ReadAsync(
            $"SELECT partition_id, sum(bytes_on_disk) FROM system.parts WHERE database = currentDatabase() AND active AND table = '{table.Name()}' GROUP BY 1", cancellation).ConfigureAwait(false))
        {
            for (var row = 0; row < batch.Length; row++)
                sizes[((StringArray)batch.Column(0)).GetString(row)] = (long)((UInt64Array)batch.Column(1)).Values[row];
        }
        var times = await session.ReadAsync(
            $"SELECT toString(_partition_id), toUnixTimestamp64Micro(max(time)) FROM {table.Name()} GROUP BY 1", cancellation).ConfigureAwait(false);
        return
        [
            .. times.SelectMany(batch => Enumerable.Range(0, batch.Length).Select(row =>
            {
                var id = ((StringArray)batch.Column(0)).GetString(row);
                var newest = DateTimeOffset.UnixEpoch.AddMicroseconds(((Int64Array)batch.Column(1)).Values[row]);
                return new ClickHousePartition(table, id, newest, sizes.GetValueOrDefault(id));
            })),
        ];
    }
}
