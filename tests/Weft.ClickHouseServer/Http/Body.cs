using Microsoft.Win32.SafeHandles;
using Weft.ClickHouseServer.Engine;

namespace Weft.ClickHouseServer.Http;

/// <summary>A request's whole body in a file in memory, where the engine reads it without a copy.</summary>
/// <remarks>Whole, because the engine takes the end of a file for the end of the data, also when a client died midway.</remarks>
sealed class Body(SafeFileHandle file, long length) : IDisposable
{
    public long Length => length;

    public string Path => Libc.PathOf(file);

    public static async Task<Body> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var file = Libc.CreateMemoryFile("body");
        try
        {
            var offset = 0L;
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(cancellationToken);
                foreach (var piece in read.Buffer)
                {
                    RandomAccess.Write(file, piece.Span, offset);
                    offset += piece.Length;
                }
                request.BodyReader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    return new(file, offset);
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public static Body Of(ReadOnlySpan<byte> content)
    {
        var file = Libc.CreateMemoryFile("data");
        RandomAccess.Write(file, content, 0);
        return new(file, content.Length);
    }

    public byte[] ToArray()
    {
        var content = new byte[length];
        for (var offset = 0; offset < content.Length;)
            offset += RandomAccess.Read(file, content.AsSpan(offset), offset) is var count and > 0
                ? count
                : throw new EndOfStreamException("the body's file is shorter than the body");
        return content;
    }

    public void Dispose() => file.Dispose();
}
