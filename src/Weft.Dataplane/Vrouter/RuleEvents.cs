using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Weft.Dataplane.Abi;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>Reads what rules that log have decided. Not thread-safe; to be disposed when no reading is under way.</summary>
/// <remarks>The kernel counts what finds no room (<see cref="CounterId.EventsLost"/>), so a slow reader loses, and never holds up.</remarks>
public sealed class RuleEvents : IDisposable
{
    const int Ahead = 1024;

    static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(100);

    readonly RingReader<RuleEvent> _reader;

    internal RuleEvents(SafeFd map) => _reader = new(map, "read events of rules");

    /// <summary>What has been decided since the last call; waits for the first so long.</summary>
    public IReadOnlyList<RuleEvent> Poll(TimeSpan patience) => _reader.Poll(patience);

    /// <summary>Everything from now on, read on a thread of its own; ends when cancelled.</summary>
    public async IAsyncEnumerable<RuleEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var events = Channel.CreateBounded<RuleEvent>(new BoundedChannelOptions(Ahead) { SingleReader = true, SingleWriter = true });
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reader = new Thread(() => Pump(events.Writer, end.Token)) { IsBackground = true, Name = "rule events" };
        reader.Start();
        try
        {
            await foreach (var decided in events.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                yield return decided;
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            reader.Join(); // it is in the buffer at most for s_patience more
        }
    }

    // Waits when nobody takes what it has read: the kernel's buffer then fills, and what is lost is counted there.
    void Pump(ChannelWriter<RuleEvent> events, CancellationToken cancellation)
    {
        try
        {
            while (!cancellation.IsCancellationRequested)
                foreach (var decided in Poll(s_patience))
                    while (!events.TryWrite(decided) && !cancellation.IsCancellationRequested)
                        cancellation.WaitHandle.WaitOne(s_patience);
            events.Complete();
        }
        catch (IOException error)
        {
            events.Complete(error);
        }
    }

    public void Dispose() => _reader.Dispose();
}
