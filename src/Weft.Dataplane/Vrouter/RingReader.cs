using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weft.Dataplane.Interop;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>Reads the records of a ring buffer of the kernel. Not thread-safe; to be disposed when no reading is under way.</summary>
sealed unsafe class RingReader<T> : IRingRecords, IDisposable where T : unmanaged
{
    readonly List<T> _read = [];
    readonly SafeRingBuffer _buffer;
    readonly string _what;
    GCHandle _self;

    internal RingReader(SafeFd map, string what)
    {
        _what = what;
        _self = GCHandle.Alloc(this);
        LibBpf.TakeWarnings();
        _buffer = LibBpf.RingBufferNew(map, &RingCallback.Record, GCHandle.ToIntPtr(_self), null);
        if (!_buffer.IsInvalid)
            return;
        var error = BpfResult.Error(-Marshal.GetLastPInvokeError(), what);
        _self.Free();
        throw error;
    }

    /// <summary>What has come since the last call; waits for the first so long.</summary>
    internal IReadOnlyList<T> Poll(TimeSpan patience)
    {
        _read.Clear();
        var result = LibBpf.RingBufferPoll(_buffer, (int)patience.TotalMilliseconds);
        if (result < 0 && result != -Errno.EINTR)
            throw BpfResult.Error(result, _what);
        return [.. _read];
    }

    public void Dispose()
    {
        _buffer.Dispose();
        if (_self.IsAllocated)
            _self.Free();
    }

    void IRingRecords.Take(void* data, nuint size)
    {
        if (size >= (nuint)sizeof(T))
            _read.Add(*(T*)data);
    }
}

unsafe interface IRingRecords
{
    void Take(void* data, nuint size);
}

/// <summary>Where the kernel's library calls back: not in a generic type, which cannot be called from outside.</summary>
static unsafe class RingCallback
{
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static int Record(nint context, void* data, nuint size)
    {
        if (GCHandle.FromIntPtr(context).Target is IRingRecords records)
            records.Take(data, size);
        return 0;
    }
}
