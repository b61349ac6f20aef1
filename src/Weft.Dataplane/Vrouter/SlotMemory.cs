using System.Runtime.InteropServices;
using Weft.Dataplane.Abi;
using Weft.Dataplane.Interop;
using Weft.Linux;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>Numbers of backends that pools select from, written in place: the kernel's own memory of the map.</summary>
/// <remarks>A pool in use must not have its slots changed: write a range that is free, then switch the pool over to it.</remarks>
public sealed unsafe class SlotMemory : IDisposable
{
    readonly SafeFd _fd;
    readonly nint _memory;

    internal SlotMemory(SafeFd fd)
    {
        _fd = fd;
        _memory = LibC.MapShared(0, Length, LibC.PROT_READ_WRITE, LibC.MAP_SHARED, fd, 0);
        if (_memory == LibC.MAP_FAILED)
            throw new LinuxException("map the slots of pools into memory", Marshal.GetLastPInvokeError());
    }

    /// <summary>How many there are.</summary>
    public static int Room => AbiConstants.Slots;

    static nuint Length => (nuint)(Room * sizeof(Slot));

    /// <exception cref="ArgumentOutOfRangeException">There are not that many.</exception>
    public void Write(uint offset, ReadOnlySpan<uint> backends)
    {
        var range = Range(offset, backends.Length);
        for (var i = 0; i < range.Length; i++)
            range[i].Backend = backends[i];
    }

    /// <exception cref="ArgumentOutOfRangeException">There are not that many.</exception>
    public uint[] Read(uint offset, int count)
    {
        var range = Range(offset, count);
        var backends = new uint[count];
        for (var i = 0; i < count; i++)
            backends[i] = range[i].Backend;
        return backends;
    }

    public void Dispose()
    {
        _ = LibC.Unmap(_memory, Length);
        _fd.Dispose();
    }

    Span<Slot> Range(uint offset, int count) => new Span<Slot>((void*)_memory, Room).Slice(checked((int)offset), count);

    // The kernel lays values of an array out in eights of bytes, whatever their size.
    [StructLayout(LayoutKind.Sequential, Size = 8)]
    struct Slot
    {
        internal uint Backend;
    }
}
