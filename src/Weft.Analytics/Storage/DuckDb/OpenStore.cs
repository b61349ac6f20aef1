using Apache.Arrow;

namespace Weft.Analytics.Storage.DuckDb;

/// <summary>A store whose engine runs and whose files are attached. Who calls sees to it that one writes at a time.</summary>
sealed class OpenStore : IDisposable
{
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    readonly FileStream _owner;
    readonly DuckDbEngine _engine;
    readonly DuckDbSession _writer;
    readonly DuckDbSession _keeper;
    readonly BatchWriter _batches = new();
    readonly SliceShelf _shelf;
    readonly RollUps _rollUps;
    readonly Readers _readers = new();
    readonly Queue<(Slice Slice, long Turn)> _leaving = [];
    readonly Lock _gate = new();
    readonly Dictionary<UInt128, ulong> _series = [];
    readonly Housekeeping _housekeeping;
    ulong _ingest;

    OpenStore(DuckDbOptions options, FileStream owner, DuckDbEngine engine, DateTimeOffset now)
    {
        _owner = owner;
        _engine = engine;
        _writer = engine.Connect();
        _keeper = engine.Connect();
        _shelf = SliceShelf.Open(_writer, options.Folder, now);
        _rollUps = new RollUps(options);
        _rollUps.Load(_keeper, _shelf);
        _housekeeping = new Housekeeping(options, _shelf);
        LoadSeries();
    }

    internal bool IsBroken => _engine.IsBroken;

    internal static OpenStore Open(DuckDbOptions options, DateTimeOffset now)
    {
        Directory.CreateDirectory(options.Folder, OwnerOnly);
        File.SetUnixFileMode(options.Folder, OwnerOnly);
        var owner = Own(options.Folder);
        DuckDbEngine? engine = null;
        try
        {
            engine = new DuckDbEngine(options);
            return new OpenStore(options, owner, engine, now);
        }
        catch
        {
            engine?.Dispose();
            owner.Dispose();
            throw;
        }
    }

    internal DuckDbSession Ask()
    {
        _housekeeping.Used();
        var turn = _readers.Enter();
        try
        {
            return _engine.Connect(() => _readers.Leave(turn));
        }
        catch
        {
            _readers.Leave(turn);
            throw;
        }
    }

    internal ulong Newest(Guid series)
    {
        lock (_gate)
            return _series.GetValueOrDefault(SeriesMark.Key(series));
    }

    internal void Append(IReadOnlyList<FlowDelivery> deliveries)
    {
        var marks = new Dictionary<UInt128, SeriesMark>();
        var batches = new List<RecordBatch>();
        var ingest = _ingest + 1;
        foreach (var delivery in deliveries)
        {
            var id = SeriesMark.Key(delivery.Series);
            var newest = marks.TryGetValue(id, out var mark) ? mark.Number : Newest(delivery.Series);
            if (delivery.Number <= newest)
                continue;
            marks[id] = new SeriesMark(id, delivery.Number, ingest);
            batches.Add(delivery.Records);
        }
        if (batches.Count == 0)
            return;
        _housekeeping.Used();
        var slice = _shelf.Current(FlowTable.Records);
        try
        {
            _writer.Transact(() =>
            {
                _batches.Write(_writer, slice.Alias, batches, ingest);
                _writer.Execute(SeriesMark.Insert(slice, marks.Values));
            });
        }
        catch
        {
            if (!IsBroken)
                LoadSeries(); // whatever became of it: the file knows
            throw;
        }
        foreach (var batch in batches)
            Count(slice, batch);
        lock (_gate)
        {
            _ingest = ingest;
            foreach (var mark in marks.Values)
                _series[mark.Id] = mark.Number;
        }
    }

    internal FlowHoldings Holdings()
    {
        var records = _shelf.Of(FlowTable.Records);
        lock (_gate)
        {
            var rows = records.Sum(slice => slice.Rows);
            return new FlowHoldings(
                rows,
                _shelf.All.Sum(slice => slice.Bytes),
                rows == 0 ? null : Time(records.Min(slice => slice.Oldest)),
                rows == 0 ? null : Time(records.Max(slice => slice.Newest)),
                _rollUps.Marks);
        }
    }

    internal void RollUp(DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (var table in _housekeeping.Due(now))
            _rollUps.Run(_keeper, _shelf, table, cancellation);
    }

    /// <summary>Closes files that are large or old enough, and begins new ones.</summary>
    internal void Rotate(FlowRetention retention, DateTimeOffset now)
    {
        foreach (var table in _housekeeping.Full(retention, now))
            _shelf.Begin(_writer, table, now, SliceShelf.Series(_writer, _shelf.Current(table)));
    }

    /// <summary>Drops files that are too old, or too many; when somebody reads them, next time.</summary>
    internal void Forget(FlowRetention retention, DateTimeOffset now)
    {
        foreach (var slice in _housekeeping.Outdated(retention, now))
            _leaving.Enqueue((slice, _shelf.Hide(_keeper, slice, _readers)));
        while (_leaving.TryPeek(out var next) && _readers.AreGone(next.Turn))
        {
            SliceShelf.Forget(_keeper, next.Slice);
            _leaving.Dequeue();
        }
    }

    /// <summary>Puts what is in the logs in place, and gives memory back.</summary>
    internal void Settle(DateTimeOffset now) => _housekeeping.Settle(_writer, now);

    public void Dispose()
    {
        _batches.Dispose();
        _writer.Dispose();
        _keeper.Dispose();
        _engine.Dispose();
        _owner.Dispose();
    }

    /// <summary>The engine's own locks do not keep out a second one of the same process.</summary>
    static FileStream Own(string folder)
    {
        var path = Path.Combine(folder, "lock");
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (IOException error)
        {
            throw new FlowStoreException($"another one uses the flow records in {folder}: end it, or give this one another folder", true, error);
        }
    }

    void LoadSeries()
    {
        var marks = SliceShelf.Series(_writer, _shelf.Current(FlowTable.Records));
        lock (_gate)
        {
            _series.Clear();
            foreach (var mark in marks)
                _series[mark.Id] = mark.Number;
            _ingest = marks.Max(mark => mark.Ingest);
        }
    }

    void Count(Slice slice, RecordBatch batch)
    {
        var times = ((TimestampArray)batch.Column(0)).Values;
        var (oldest, newest) = (long.MaxValue, long.MinValue);
        foreach (var time in times)
            (oldest, newest) = (Math.Min(oldest, time), Math.Max(newest, time));
        lock (_gate)
            slice.Counted(batch.Length, oldest, newest);
    }

    static DateTimeOffset Time(long microseconds) => DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds);
}
