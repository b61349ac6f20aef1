using System.Collections.Immutable;
using System.Globalization;
using Apache.Arrow;
using Weft.Flows;

namespace Weft.Analytics.Storage.DuckDb;

/// <summary>
/// The files of a store, attached to the engine, and the views over them. What is forgotten is forgotten by the file: that
/// costs nothing, gives the disk its room back, and keeps the times of a file close together, so that a query leaves out
/// whole files.
/// </summary>
/// <remarks>Changed by one at a time; read by all.</remarks>
sealed class SliceShelf
{
    const int RowGroupRows = 32_768;

    static readonly FlowTable[] s_tables = [FlowTable.Records, FlowTable.Minutes, FlowTable.Hours];

    readonly string _folder;
    ImmutableDictionary<FlowTable, ImmutableArray<Slice>> _slices =
        s_tables.ToImmutableDictionary(table => table, _ => ImmutableArray<Slice>.Empty);

    SliceShelf(string folder) => _folder = folder;

    internal IEnumerable<Slice> All => _slices.Values.SelectMany(slices => slices);

    /// <summary>The oldest first.</summary>
    internal ImmutableArray<Slice> Of(FlowTable table) => _slices[table];

    /// <summary>What is written to.</summary>
    internal Slice Current(FlowTable table) => _slices[table][^1];

    internal static SliceShelf Open(DuckDbSession session, string folder, DateTimeOffset now)
    {
        var shelf = new SliceShelf(folder);
        foreach (var table in s_tables)
        {
            foreach (var slice in Slice.Find(folder, table))
                shelf.Take(session, slice);
            var slices = shelf._slices[table];
            if (slices.IsEmpty || slices[^1].Columns.Count != SliceTables.ColumnCount(table))
                shelf.Begin(session, table, now, slices.IsEmpty ? [] : Series(session, slices[^1]));
            else
                shelf.Show(session, table);
        }
        return shelf;
    }

    /// <summary>A new file, to be written to from now on. It knows what the one before knows of series.</summary>
    internal void Begin(DuckDbSession session, FlowTable table, DateTimeOffset now, IEnumerable<SeriesMark> series)
    {
        var number = _slices[table].IsEmpty ? 1 : _slices[table][^1].Number + 1;
        var slice = new Slice(_folder, table, number) { Created = now };
        try
        {
            session.Execute($"ATTACH '{slice.Path.Replace("'", "''", StringComparison.Ordinal)}' AS {slice.Alias} (STORAGE_VERSION 'latest', ROW_GROUP_SIZE {RowGroupRows})");
            session.Transact(() =>
            {
                session.Execute(SliceTables.Create(slice, now));
                session.Execute(SeriesMark.Insert(slice, series));
            });
            File.SetUnixFileMode(slice.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            slice.Columns = ReadColumns(session, slice);
            Add(slice);
            Show(session, table);
        }
        catch
        {
            Forget(session, slice);
            throw;
        }
    }

    /// <summary>Who asks from now on does not see it.</summary>
    /// <returns>The turn of the last who may.</returns>
    internal long Hide(DuckDbSession session, Slice slice, Readers readers)
    {
        _slices = _slices.SetItem(slice.Table, _slices[slice.Table].Remove(slice));
        Show(session, slice.Table);
        return readers.Turn();
    }

    internal static void Forget(DuckDbSession session, Slice slice)
    {
        session.Execute($"DETACH DATABASE IF EXISTS {slice.Alias}");
        slice.Delete();
    }

    /// <summary>The newest numbers of all series, as the file has them.</summary>
    internal static IReadOnlyList<SeriesMark> Series(DuckDbSession session, Slice slice) =>
        SeriesMark.Read(session.Read($"SELECT id, max(number), max(ingest) FROM {slice.Alias}.series GROUP BY id"));

    void Take(DuckDbSession session, Slice slice)
    {
        Attach(session, slice);
        var (layout, schema, created) = About(session, slice);
        if (layout == 0)
        {
            // It was never finished: nobody has been told that anything is in it.
            Forget(session, slice);
            return;
        }
        if (layout > SliceTables.Layout || schema > FlowSchema.Version)
            throw new FlowStoreException($"{slice.Path} was written by a newer Weft: run that one, or move the file away", false);
        slice.Created = created;
        slice.Columns = ReadColumns(session, slice);
        Count(session, slice);
        Add(slice);
    }

    static void Attach(DuckDbSession session, Slice slice)
    {
        try
        {
            session.Execute($"ATTACH '{slice.Path.Replace("'", "''", StringComparison.Ordinal)}' AS {slice.Alias} (ROW_GROUP_SIZE {RowGroupRows})");
        }
        catch (FlowStoreException error) when (!error.Message.Contains("another process", StringComparison.Ordinal))
        {
            throw new FlowStoreException(
                $"{slice.Path} cannot be used: move it away to go on without the records in it. {error.Message}", false, error);
        }
    }

    void Add(Slice slice) => _slices = _slices.SetItem(slice.Table, _slices[slice.Table].Add(slice));

    void Show(DuckDbSession session, FlowTable table)
    {
        if (!_slices[table].IsEmpty)
            session.Execute(SliceTables.View(table, _slices[table]));
    }

    static (int Layout, int Schema, DateTimeOffset Created) About(DuckDbSession session, Slice slice)
    {
        var there = session.Read($"SELECT 1 FROM duckdb_tables() WHERE database_name = '{slice.Alias}' AND table_name = '{SliceTables.About}'");
        if (there.Count == 0)
            return default;
        var batch = session.Read($"SELECT layout, schema, created FROM {slice.Alias}.{SliceTables.About}")[0];
        return (
            ((Int32Array)batch.Column(0)).Values[0],
            ((Int32Array)batch.Column(1)).Values[0],
            DateTimeOffset.FromUnixTimeMilliseconds(((Int64Array)batch.Column(2)).Values[0]));
    }

    static HashSet<string> ReadColumns(DuckDbSession session, Slice slice)
    {
        var batches = session.Read(
            $"SELECT column_name FROM duckdb_columns() WHERE database_name = '{slice.Alias}' AND table_name = '{SliceTables.Rows}'");
        return [.. batches.SelectMany(batch => Enumerable.Range(0, batch.Length).Select(i => ((StringArray)batch.Column(0)).GetString(i)))];
    }

    /// <summary>Asks the file how much is in it.</summary>
    internal static void Count(DuckDbSession session, Slice slice)
    {
        var batch = session.Read(string.Create(
            CultureInfo.InvariantCulture, $"SELECT count(*), epoch_us(min(time)), epoch_us(max(time)) FROM {slice.Alias}.{SliceTables.Rows}"))[0];
        var rows = ((Int64Array)batch.Column(0)).Values[0];
        if (rows > 0)
            slice.Counted(rows - slice.Rows, ((Int64Array)batch.Column(1)).Values[0], ((Int64Array)batch.Column(2)).Values[0]);
    }
}
