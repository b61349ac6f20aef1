using System.Buffers;
using System.IO.Pipelines;

namespace Weft.Proxy.Doors;

/// <summary>
/// Tells HTTP/2 in the clear from HTTP/1.1 by its preface (RFC 9113, 3.4), so that gRPC clients without TLS and browsers
/// use the same port. No HTTP/1.1 request begins like that.
/// </summary>
static class ProtocolProbe
{
    internal static async ValueTask<bool> IsHttp2Async(PipeReader input, CancellationToken cancellation)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellation).ConfigureAwait(false);
            var verdict = Look(result.Buffer);
            // Only looked at: whoever reads next finds all of it.
            input.AdvanceTo(result.Buffer.Start, verdict is null ? result.Buffer.End : result.Buffer.Start);
            if (verdict is { } known)
                return known;
            if (result.IsCompleted)
                return false;
        }
    }

    /// <summary>Null: too little to tell.</summary>
    internal static bool? Look(in ReadOnlySequence<byte> buffer)
    {
        var preface = "PRI "u8;
        Span<byte> head = stackalloc byte[preface.Length];
        var length = (int)Math.Min(buffer.Length, preface.Length);
        buffer.Slice(0, length).CopyTo(head);
        return !preface.StartsWith(head[..length]) ? false
            : length == preface.Length ? true
            : null;
    }
}
