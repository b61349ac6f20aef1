using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;

namespace Weft.Dataplane.Interop;

/// <summary>Ring buffers: libbpf maps them and calls back for each record.</summary>
static unsafe partial class LibBpf
{
    [LibraryImport(Library, EntryPoint = "ring_buffer__new", SetLastError = true)]
    internal static partial SafeRingBuffer RingBufferNew(
        SafeFd map, delegate* unmanaged[Cdecl]<nint, void*, nuint, int> record, nint context, void* options);

    [LibraryImport(Library, EntryPoint = "ring_buffer__poll")]
    internal static partial int RingBufferPoll(SafeRingBuffer buffer, int milliseconds);

    [LibraryImport(Library, EntryPoint = "ring_buffer__free")]
    internal static partial void RingBufferFree(nint buffer);
}

/// <summary>Owns a <c>struct ring_buffer</c>.</summary>
sealed class SafeRingBuffer() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        LibBpf.RingBufferFree(handle);
        return true;
    }
}
