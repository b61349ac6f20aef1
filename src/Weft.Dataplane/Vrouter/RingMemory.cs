using System.Runtime.InteropServices;
using Weft.Dataplane.Interop;
using Weft.Linux;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>A ring buffer of the kernel as it lies in memory: two positions, and the records between them.</summary>
/// <remarks>
/// Positions only grow; modulo the size they are places in the ring. A record is a header of eight bytes, whose first four are its
/// length and two flags, and its data, rounded up to eight. The kernel maps the data twice in a row, so no record is cut. The
/// producer may not pass the consumer's position: what is not yet committed is not overwritten, whoever reads it, dead or alive.
/// </remarks>
sealed unsafe class RingMemory : IDisposable
{
    /// <summary>Bytes in front of each record.</summary>
    internal const int HeaderBytes = 8;

    // BPF_RINGBUF_BUSY_BIT: still being written. BPF_RINGBUF_DISCARD_BIT: given up, to be passed over.
    const uint Busy = 1u << 31;
    const uint Discarded = 1u << 30;

    readonly ulong _size;
    readonly ulong* _consumer;
    readonly ulong* _producer;
    readonly byte* _data;
    bool _disposed;

    internal RingMemory(SafeFd map, string what)
    {
        var definition = BpfMapDefinition.OfKernel(what, map);
        _size = definition.MaxEntries;
        // The consumer's page alone may be written.
        _consumer = (ulong*)Map(map, Page, LibC.PROT_READ_WRITE, 0, what);
        try
        {
            _producer = (ulong*)Map(map, ProducerLength, LibC.PROT_READ, (nint)Page, what);
        }
        catch
        {
            _ = LibC.Unmap((nint)_consumer, Page);
            throw;
        }
        _data = (byte*)_producer + Page;
    }

    /// <summary>Everything before it is the kernel's to overwrite.</summary>
    internal ulong Consumer
    {
        get => Volatile.Read(ref *_consumer);
        set => Volatile.Write(ref *_consumer, value);
    }

    /// <summary>Where the next record will begin.</summary>
    internal ulong Producer => Volatile.Read(ref *_producer);

    internal ulong Size => _size;

    /// <summary>
    /// The record at a position, which moves behind it; false when there is none that is complete. What was given up is empty.
    /// </summary>
    internal bool TryRead(ref ulong position, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (position >= Producer)
            return false;
        var at = _data + (position & (_size - 1));
        // The flags are cleared after the data is written: what is read later is the record's.
        var header = Volatile.Read(ref *(uint*)at);
        if ((header & Busy) != 0)
            return false;
        var length = header & ~(Busy | Discarded);
        if ((header & Discarded) == 0)
            record = new(at + HeaderBytes, (int)length);
        position += (length + HeaderBytes + 7ul) & ~7ul;
        return true;
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _ = LibC.Unmap((nint)_consumer, Page);
        _ = LibC.Unmap((nint)_producer, ProducerLength);
    }

    static nuint Page => (nuint)Environment.SystemPageSize;

    nuint ProducerLength => Page + (nuint)(2 * _size);

    static nint Map(SafeFd map, nuint length, int protection, nint offset, string what)
    {
        var memory = LibC.MapShared(0, length, protection, LibC.MAP_SHARED, map, offset);
        return memory != LibC.MAP_FAILED
            ? memory
            : throw new LinuxException($"map {what} into memory", Marshal.GetLastPInvokeError());
    }
}
