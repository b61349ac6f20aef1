using System.Threading.Channels;
using Apache.Arrow;

namespace Weft.Analytics.Ipfix;

/// <summary>Batches that wait for a collector: bounded by their records, and what has no room is not taken.</summary>
sealed class IpfixQueue(int mostRecords)
{
    readonly Channel<Waiting> _channel = Channel.CreateUnbounded<Waiting>(new() { SingleReader = true });
    long _records;

    public long Records => Interlocked.Read(ref _records);

    /// <summary>A batch that is larger than the bound has room in an empty queue.</summary>
    public bool TryAdd(uint domain, RecordBatch batch)
    {
        var before = Interlocked.Add(ref _records, batch.Length) - batch.Length;
        if ((before == 0 || before + batch.Length <= mostRecords) && _channel.Writer.TryWrite(new(domain, batch)))
            return true;
        Interlocked.Add(ref _records, -batch.Length);
        return false;
    }

    public void Complete() => _channel.Writer.TryComplete();

    /// <summary>Null: it is complete, and empty.</summary>
    public async ValueTask<Waiting?> TakeAsync(CancellationToken cancellation) =>
        await _channel.Reader.WaitToReadAsync(cancellation) ? TryTake() : null;

    public Waiting? TryTake() => _channel.Reader.TryRead(out var waiting) ? waiting : null;

    /// <summary>It waits no more.</summary>
    public void Done(Waiting waiting) => Interlocked.Add(ref _records, -waiting.Batch.Length);
}

sealed record Waiting(uint Domain, RecordBatch Batch);
