namespace Weft.Agent.Flows;

/// <summary>Batches of records on disk until the server has acknowledged them. Bounded: the oldest go first, counted.</summary>
/// <remarks>
/// One file for each batch, so that nothing has to be compacted, and a damaged file costs its own batch alone. Numbers go on
/// from the newest file; where there is none, all has been acknowledged, and a new series begins. Files are read and written
/// outside of the lock; one writes, one reads.
/// </remarks>
sealed class FlowSpool
{
    readonly Lock _lock = new();
    readonly SpoolFolder _folder;
    readonly long _limit;
    readonly List<SpooledBatch> _batches = []; // in order of number
    int _first; // of _batches: those before it are gone
    long _bytes;
    ulong _newest;
    ulong _offered; // the newest that the sender may see
    ulong _sent; // may be with the server already: not to be dropped while others can be

    FlowSpool(SpoolFolder folder, long limit) => (_folder, _limit, Losses) = (folder, limit, new(folder.LossesPath));

    /// <summary>Of the numbers.</summary>
    internal Guid Series { get; private set; }

    /// <summary>Of the reader of reports, behind the newest batch; null: there is none yet.</summary>
    internal ReportPosition? Position { get; private set; }

    internal SpoolLosses Losses { get; }

    /// <summary>Called when there is something new for the sender.</summary>
    internal Action Offered { get; set; } = () => { };

    internal (int Batches, long Bytes) Waiting
    {
        get
        {
            lock (_lock)
                return (_batches.Count - _first, _bytes);
        }
    }

    /// <param name="directory">Made when it is not there.</param>
    /// <param name="limit">Bytes of files.</param>
    /// <exception cref="IOException">The folder cannot be made or read.</exception>
    internal static FlowSpool Open(string directory, long limit)
    {
        var folder = new SpoolFolder(directory);
        var files = folder.Files();
        var spool = new FlowSpool(folder, limit);
        var found = files.Select(file => (file.Number, file.File, Batch: SpoolFile.ReadHeader(file.File))).ToList();
        spool.Series = found.Select(file => file.Batch).LastOrDefault(batch => batch is not null)?.Series ?? Guid.NewGuid();
        foreach (var (number, file, header) in found)
        {
            if (header is { } batch && batch.Number == number && batch.Series == spool.Series)
                spool.Add_NeedsLock(batch);
            else
                spool.Discard(file, header);
        }
        spool._newest = files.Count > 0 ? files[^1].Number : 0; // also of a damaged one: its number may be known to the server
        spool._offered = spool._newest;
        return spool;
    }

    /// <summary>Writes a batch; the sender sees it after <see cref="Offer"/>.</summary>
    /// <param name="records">As they are sent.</param>
    /// <param name="tally">What is in them.</param>
    /// <param name="position">Of the reader of reports, behind them.</param>
    /// <param name="clockOffset">Microseconds added to their times.</param>
    /// <exception cref="IOException">No room on the disk; nothing has changed then.</exception>
    internal SpooledBatch Append(ReadOnlyMemory<byte> records, FlowTally tally, ReportPosition position, long clockOffset)
    {
        var batch = new SpooledBatch(Series, _newest + 1, tally, position, clockOffset, records.Length + SpoolFile.HeaderBytes);
        MakeRoom(batch.FileBytes);
        try
        {
            SpoolFile.Write(_folder.FileOf(batch.Number), batch, records);
        }
        catch (DirectoryNotFoundException)
        {
            _folder.Files(); // somebody has removed it
            SpoolFile.Write(_folder.FileOf(batch.Number), batch, records);
        }
        _newest = batch.Number;
        lock (_lock)
            Add_NeedsLock(batch);
        return batch;
    }

    /// <summary>Lets the sender have what has been written.</summary>
    internal void Offer()
    {
        lock (_lock)
            _offered = _newest;
        Offered();
    }

    /// <summary>The first batch behind a number.</summary>
    internal SpooledBatch? Next(ulong after)
    {
        lock (_lock)
        {
            var at = IndexAfter_NeedsLock(after);
            return at < _batches.Count && _batches[at].Number <= _offered ? _batches[at] : null;
        }
    }

    /// <summary>Its records; empty: they are lost, and counted.</summary>
    internal ReadOnlyMemory<byte> Read(in SpooledBatch batch, ref byte[] buffer)
    {
        var records = SpoolFile.ReadRecords(_folder.FileOf(batch.Number), ref buffer);
        if (records.IsEmpty)
            Lose(batch.Number, SpoolLosses.Damaged);
        return records;
    }

    /// <summary>Batches up to this one may be with the server.</summary>
    internal void MarkSent(ulong number)
    {
        lock (_lock)
            _sent = Math.Max(_sent, number);
    }

    /// <summary>Batches up to this one are safe with the server.</summary>
    internal void Acknowledge(ulong number)
    {
        while (true)
        {
            SpooledBatch batch;
            lock (_lock)
            {
                if (_first == _batches.Count || _batches[_first].Number > number)
                    return;
                batch = RemoveAt_NeedsLock(_first);
            }
            Delete(batch.Number);
        }
    }

    /// <summary>A batch that nobody will ever read.</summary>
    internal void Lose(ulong number, string place)
    {
        SpooledBatch batch;
        lock (_lock)
        {
            var at = IndexAfter_NeedsLock(number - 1);
            if (at == _batches.Count || _batches[at].Number != number)
                return;
            batch = RemoveAt_NeedsLock(at);
        }
        Losses.Add(place, batch.Tally with { Batches = 1 });
        Delete(batch.Number);
    }

    /// <summary>The oldest go that are not on their way; when all are, the oldest of these.</summary>
    void MakeRoom(long bytes)
    {
        while (true)
        {
            ulong number;
            lock (_lock)
            {
                if (_bytes + bytes <= _limit || _first == _batches.Count)
                    return;
                var waiting = IndexAfter_NeedsLock(_sent);
                number = _batches[waiting < _batches.Count ? waiting : _first].Number;
            }
            Lose(number, SpoolLosses.Overflow);
        }
    }

    int IndexAfter_NeedsLock(ulong number)
    {
        var (low, high) = (_first, _batches.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_batches[middle].Number > number)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    void Add_NeedsLock(in SpooledBatch batch)
    {
        _batches.Add(batch);
        _bytes += batch.FileBytes;
        Position = batch.Position;
    }

    SpooledBatch RemoveAt_NeedsLock(int at)
    {
        var batch = _batches[at];
        _bytes -= batch.FileBytes;
        if (at != _first)
            _batches.RemoveAt(at);
        else if (++_first > 64 && _first > _batches.Count / 2)
        {
            _batches.RemoveRange(0, _first);
            _first = 0;
        }
        return batch;
    }

    void Discard(string file, SpooledBatch? header)
    {
        Losses.Add(SpoolLosses.Damaged, (header?.Tally ?? default) with { Batches = 1 });
        SpoolFile.Try(() => File.Delete(file));
    }

    void Delete(ulong number) => SpoolFile.Try(() => File.Delete(_folder.FileOf(number)));
}
