using System.Diagnostics;

namespace Weft.Tests.Sync;

/// <summary>When each of many readers had a revision.</summary>
sealed class ArrivalClock(int readers)
{
    readonly Lock _lock = new();
    readonly long[] _revisions = new long[readers];
    readonly long[] _arrivals = new long[readers];
    TaskCompletionSource _changed = new();
    long _wanted;
    int _missing = readers;

    /// <summary>Timestamps of what each reader had last.</summary>
    public IReadOnlyList<long> Arrivals => _arrivals;

    public int LastBytes { get; private set; }

    public void Mark(int reader, long revision, int bytes)
    {
        var now = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            LastBytes = bytes;
            _arrivals[reader] = now;
            var isNew = _revisions[reader] < _wanted && revision >= _wanted;
            _revisions[reader] = revision;
            if (isNew && --_missing == 0)
                _changed.TrySetResult();
        }
    }

    public async Task AllHaveAsync(long revision)
    {
        Task waiting;
        lock (_lock)
        {
            _wanted = revision;
            _missing = _revisions.Count(has => has < revision);
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_missing == 0)
                return;
            waiting = _changed.Task;
        }
        await waiting.WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);
    }
}
