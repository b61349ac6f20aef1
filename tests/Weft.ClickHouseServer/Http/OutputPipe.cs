using System.IO.Pipes;
using Weft.ClickHouseServer.Engine;

namespace Weft.ClickHouseServer.Http;

/// <summary>A pipe that the engine writes a result into, by path.</summary>
sealed class OutputPipe : IDisposable
{
    const int Capacity = 1 << 20;

    readonly AnonymousPipeServerStream pipe = new(PipeDirection.In, HandleInheritability.None, Capacity);

    public Stream Reader => pipe;

    public string Path => Libc.PathOf(pipe.ClientSafePipeHandle);

    /// <summary>The reader comes to the end: the engine has closed its own descriptor before.</summary>
    public void EndWriting() => pipe.DisposeLocalCopyOfClientHandle();

    public Task DrainAsync() => pipe.CopyToAsync(Stream.Null, CancellationToken.None);

    public void Dispose() => pipe.Dispose();
}
