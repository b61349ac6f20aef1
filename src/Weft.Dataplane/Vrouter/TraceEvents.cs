using Weft.Dataplane.Abi;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>Reads what hooks decided about traced packets. Not thread-safe; to be disposed when no reading is under way.</summary>
public sealed class TraceEvents : IDisposable
{
    readonly RingReader<TraceEvent> _reader;

    internal TraceEvents(SafeFd map) => _reader = new(map, "read events of traces");

    /// <summary>What has been decided since the last call; waits for the first so long.</summary>
    public IReadOnlyList<TraceEvent> Poll(TimeSpan patience) => _reader.Poll(patience);

    public void Dispose() => _reader.Dispose();
}
