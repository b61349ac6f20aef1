using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weft.Dataplane.Abi;
using Weft.Dataplane.Interop;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>Reports that were there, and the position behind them.</summary>
/// <param name="Reports">In memory of the reader's: valid until its next <see cref="FlowReports.Take"/>.</param>
/// <param name="Position">To be committed when they are safe.</param>
public readonly record struct FlowReportBatch(ReadOnlyMemory<FlowReport> Reports, ulong Position);

/// <summary>Reads what flows have carried and what was denied. Not thread-safe; to be disposed when no reading is under way.</summary>
/// <remarks>
/// Reading and giving free are apart: <see cref="Take"/> goes on from <see cref="Position"/>, and the kernel keeps everything
/// from <see cref="Committed"/> on. So a reader that writes a batch down together with the position behind it, and commits then, loses
/// nothing when it is killed in between: its successor finds the batch again, and passes over it by <see cref="TrySkipTo"/>
/// when the position that was written down says that it is safe. Reports come in the order of the data path's telling. Nobody is
/// woken by a report: take after each sweep, and until nothing is left.
/// </remarks>
public sealed class FlowReports : IDisposable
{
    const string What = "reports of flows";
    const string BootId = "/proc/sys/kernel/random/boot_id";

    readonly RingMemory _ring;
    FlowReport[] _taken = [];

    internal FlowReports(SafeFd map)
    {
        _ring = new(map, What);
        Ring = string.Create(CultureInfo.InvariantCulture, $"{File.ReadAllText(BootId).Trim()}/{IdOf(map)}");
        Position = Committed = _ring.Consumer;
    }

    /// <summary>
    /// Names the buffer: of the boot and of the map. Positions of another buffer mean nothing here, so keep it with them.
    /// </summary>
    public string Ring { get; }

    /// <summary>Where the next <see cref="Take"/> begins. Positions are absolute: they only grow, also over restarts.</summary>
    public ulong Position { get; private set; }

    /// <summary>Everything before it is given free.</summary>
    public ulong Committed { get; private set; }

    /// <summary>Bytes of the buffer that are in use, taken or not, and how many there are.</summary>
    public (ulong Used, ulong Size) Fill => (_ring.Producer - Committed, _ring.Size);

    /// <summary>At most so many reports that were not taken yet; empty when there are none. Does not wait.</summary>
    public FlowReportBatch Take(int max)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        if (_taken.Length < max)
            _taken = new FlowReport[max];
        var (count, position) = (0, Position);
        while (count < max && _ring.TryRead(ref position, out var record))
            if (record.Length >= Unsafe.SizeOf<FlowReport>())
                _taken[count++] = MemoryMarshal.Read<FlowReport>(record);
        Position = position;
        return new(_taken.AsMemory(0, count), position);
    }

    /// <summary>What is before a position, which a batch had, is safe: its room is given free.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It was given free before, or was not taken yet.</exception>
    public void Commit(ulong position)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(position, Committed);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, Position);
        _ring.Consumer = Committed = position;
    }

    /// <summary>
    /// What is before a position, which an earlier reader of the same <see cref="Ring"/> had from a batch, is safe already: commits
    /// it. False, and nothing happens, when no report that is there begins or ends there.
    /// </summary>
    public bool TrySkipTo(ulong position)
    {
        var at = Committed;
        while (at < position && _ring.TryRead(ref at, out _))
        {
        }
        if (at != position)
            return false;
        Position = Math.Max(Position, position);
        Commit(position);
        return true;
    }

    public void Dispose() => _ring.Dispose();

    static unsafe uint IdOf(SafeFd map)
    {
        bpf_map_info info;
        var length = (uint)sizeof(bpf_map_info);
        BpfResult.Check(LibBpf.ObjGetInfoByFd(map, &info, ref length), $"read about {What}");
        return info.id;
    }
}
