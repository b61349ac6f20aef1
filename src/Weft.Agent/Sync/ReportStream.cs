using Grpc.Core;
using Weft.Agent.Tracing;
using Weft.Protocol.V1;

namespace Weft.Agent.Sync;

/// <summary>The stream to the server, for several writers: the library's own takes one message at a time.</summary>
sealed class ReportStream(IClientStreamWriter<AgentReport> stream) : IDisposable
{
    readonly SemaphoreSlim _turn = new(1);

    internal async Task WriteAsync(AgentReport report, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(report, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Tells what became of traced packets, until cancelled.</summary>
    internal async Task TellTracesAsync(TraceBell traces, CancellationToken cancellation)
    {
        await foreach (var report in traces.Reports.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            await WriteAsync(new() { Trace = report }, cancellation).ConfigureAwait(false);
    }

    public void Dispose() => _turn.Dispose();
}
