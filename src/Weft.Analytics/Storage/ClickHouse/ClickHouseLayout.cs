using System.Globalization;
using Apache.Arrow;
using Weft.Flows;

namespace Weft.Analytics.Storage.ClickHouse;

/// <summary>Makes the tables, and brings older ones up to date: forward only, each step such that it may be taken twice.</summary>
static class ClickHouseLayout
{
    static readonly FlowTable[] s_tables = [FlowTable.Records, FlowTable.Minutes, FlowTable.Hours];

    /// <exception cref="FlowStoreException">Of a newer version, or not to be changed.</exception>
    internal static async Task PrepareAsync(ClickHouseSession session, CancellationToken cancellation)
    {
        await session.ExecuteAsync($"CREATE DATABASE IF NOT EXISTS {ClickHouseTables.Quote(session.Options.Database)}", cancellation, anywhere: true).ConfigureAwait(false);
        await session.ExecuteAsync(ClickHouseTables.CreateAbout, cancellation).ConfigureAwait(false);
        var (layout, schema) = await VersionAsync(session, cancellation).ConfigureAwait(false);
        if (layout > ClickHouseTables.Layout || schema > FlowSchema.Version)
        {
            throw new FlowStoreException(
                $"the flow records in ClickHouse at {session.Options} were written by a newer Weft: run that one, or name another database", false);
        }
        foreach (var table in s_tables)
            await session.ExecuteAsync(ClickHouseTables.Create(table), cancellation).ConfigureAwait(false);
        await session.ExecuteAsync(ClickHouseTables.CreateSeries, cancellation).ConfigureAwait(false);
        var isChanged = (layout, schema) != (ClickHouseTables.Layout, FlowSchema.Version);
        foreach (var table in s_tables)
            isChanged |= await AddColumnsAsync(session, table, cancellation).ConfigureAwait(false);
        if (isChanged)
            await DropWayInAsync(session, cancellation).ConfigureAwait(false);
        await session.ExecuteAsync(ClickHouseTables.CreateIncoming, cancellation).ConfigureAwait(false);
        foreach (var view in ClickHouseTables.CreateViews)
            await session.ExecuteAsync(view, cancellation).ConfigureAwait(false);
        if (isChanged)
        {
            await session.ExecuteAsync(
                string.Create(CultureInfo.InvariantCulture, $"INSERT INTO {ClickHouseTables.About} (layout, schema) VALUES ({ClickHouseTables.Layout}, {FlowSchema.Version})"),
                cancellation).ConfigureAwait(false);
        }
    }

    static async Task<(uint Layout, uint Schema)> VersionAsync(ClickHouseSession session, CancellationToken cancellation)
    {
        var batch = (await session.ReadAsync($"SELECT max(layout), max(schema) FROM {ClickHouseTables.About}", cancellation).ConfigureAwait(false))[0];
        return (((UInt32Array)batch.Column(0)).Values[0], ((UInt32Array)batch.Column(1)).Values[0]);
    }

    /// <summary>Fields that an older version did not have; they are zero or empty in its rows.</summary>
    static async Task<bool> AddColumnsAsync(ClickHouseSession session, FlowTable table, CancellationToken cancellation)
    {
        var batches = await session.ReadAsync(
            $"SELECT name FROM system.columns WHERE database = currentDatabase() AND table = '{table.Name()}'", cancellation).ConfigureAwait(false);
        var there = batches.SelectMany(batch => Enumerable.Range(0, batch.Length).Select(row => ((StringArray)batch.Column(0)).GetString(row))).ToHashSet();
        var added = ClickHouseTables.Columns(table).Where(column => !there.Contains(column.Name)).ToArray();
        if (added.Length == 0)
            return false;
        var changes = added.Select(column => $"ADD COLUMN {ClickHouseTables.Quote(column.Name)} {column.Definition}");
        // Keys of a roll-up keep its rows apart: they go to the end of what it is sorted by.
        if (added.Any(column => column.IsKey))
        {
            var order = ClickHouseTables.SortedBy.Where(there.Contains).Concat(added.Where(column => column.IsKey).Select(column => column.Name));
            changes = changes.Append($"MODIFY ORDER BY ({string.Join(", ", order.Select(ClickHouseTables.Quote))})");
        }
        await session.ExecuteAsync($"ALTER TABLE {table.Name()} {string.Join(", ", changes)}", cancellation).ConfigureAwait(false);
        return true;
    }

    /// <summary>Nothing is kept in it: it is made anew.</summary>
    static async Task DropWayInAsync(ClickHouseSession session, CancellationToken cancellation)
    {
        foreach (var view in ClickHouseTables.Views)
            await session.ExecuteAsync($"DROP VIEW IF EXISTS {view}", cancellation).ConfigureAwait(false);
        await session.ExecuteAsync($"DROP TABLE IF EXISTS {ClickHouseTables.Incoming}", cancellation).ConfigureAwait(false);
    }
}
