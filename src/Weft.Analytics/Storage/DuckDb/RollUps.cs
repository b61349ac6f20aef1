using System.Globalization;
using Apache.Arrow;

namespace Weft.Analytics.Storage.DuckDb;

/// <summary>Adds records up to minutes, and minutes to hours, by ingest number: what comes late is added up late.</summary>
/// <remarks>The rows and how far they go are one transaction in one file: a crash loses both or none.</remarks>
sealed class RollUps(DuckDbOptions options)
{
    readonly Dictionary<FlowTable, ulong> _marks = new() { [FlowTable.Minutes] = 0, [FlowTable.Hours] = 0 };

    internal IReadOnlyDictionary<FlowTable, ulong> Marks
    {
        get
        {
            lock (_marks)
                return new Dictionary<FlowTable, ulong>(_marks);
        }
    }

    internal void Load(DuckDbSession session, SliceShelf shelf)
    {
        foreach (var table in Marks.Keys)
        {
            var marks = SliceShelf.Series(session, shelf.Current(table));
            Set(table, marks.Max(mark => mark.Ingest));
        }
    }

    /// <summary>All that is there now, some records at a time.</summary>
    internal void Run(DuckDbSession session, SliceShelf shelf, FlowTable to, CancellationToken cancellation)
    {
        var from = to == FlowTable.Minutes ? FlowTable.Records : FlowTable.Minutes;
        var target = shelf.Current(to);
        var before = Marks[to];
        var after = before;
        foreach (var upTo in Steps(session, from, before))
        {
            cancellation.ThrowIfCancellationRequested();
            session.Transact(() =>
            {
                session.Execute(SliceTables.RollUp(to, target, from, after, upTo));
                session.Execute(SeriesMark.Insert(target, [new(0, 0, upTo)]));
            });
            after = upTo;
            Set(to, upTo);
        }
        if (after > before)
            SliceShelf.Count(session, target);
    }

    void Set(FlowTable table, ulong mark)
    {
        lock (_marks)
            _marks[table] = mark;
    }

    /// <summary>Where to stop, so that no step has many more records than the option says.</summary>
    List<ulong> Steps(DuckDbSession session, FlowTable from, ulong after)
    {
        var steps = new List<ulong>();
        var (rows, newest) = (0L, after);
        var sql = string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT ingest, count(*) FROM {from.Name()} WHERE ingest > {after} GROUP BY ingest ORDER BY ingest");
        foreach (var batch in session.Read(sql))
        {
            for (var i = 0; i < batch.Length; i++)
            {
                rows += ((Int64Array)batch.Column(1)).Values[i];
                newest = ((UInt64Array)batch.Column(0)).Values[i];
                if (rows < options.RollUpRecords)
                    continue;
                steps.Add(newest);
                rows = 0;
            }
        }
        if (rows > 0)
            steps.Add(newest);
        return steps;
    }
}
