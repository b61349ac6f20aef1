using Weft.Dataplane.Interop;
using Weft.Linux;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>What a program did with one packet.</summary>
/// <param name="Verdict">What it returned: a TC_ACT_* for the packet hooks.</param>
/// <param name="Packet">The packet as it left it.</param>
/// <param name="Context">The socket buffer's fields afterwards.</param>
/// <param name="Duration">Mean time of one run; whole nanoseconds, precise only with many repeats.</param>
public sealed record TestRunResult(int Verdict, byte[] Packet, SkBuff Context, TimeSpan Duration);

/// <summary>A loaded program.</summary>
public sealed unsafe class BpfProgram : IDisposable
{
    const int PacketRoom = 1 << 17;

    internal BpfProgram(string name, SafeFd fd)
    {
        Name = name;
        Fd = fd;
    }

    public string Name { get; }

    public SafeFd Fd { get; }

    /// <summary>The kernel's number of the program.</summary>
    public uint Id
    {
        get
        {
            bpf_prog_info info;
            var length = (uint)sizeof(bpf_prog_info);
            BpfResult.Check(LibBpf.ObjGetInfoByFd(Fd, &info, ref length), $"read about program {Name}");
            return info.id;
        }
    }

    /// <summary>Runs a tc program on an Ethernet frame without sending anything (BPF_PROG_TEST_RUN).</summary>
    /// <remarks>
    /// Runs in the calling thread's network namespace; inside another one, call it by NetNs.Run. Without a context the
    /// packet comes in by the loopback interface, ifindex 1. A redirect shows as its verdict (TC_ACT_REDIRECT = 7); where to
    /// does not show. The kernel takes no frame below 14 bytes and, before 6.18, none without room for its headers.
    /// </remarks>
    /// <exception cref="LinuxException">EINVAL: frame too short, or a context field that may not be set.
    /// ENODEV: no such ifindex in this namespace.</exception>
    public TestRunResult TestRun(ReadOnlySpan<byte> packet, SkBuff? context = null, int repeat = 1)
    {
        var output = new byte[PacketRoom];
        var before = context ?? default;
        var after = default(SkBuff);
        fixed (byte* data = packet, room = output)
        {
            var options = new bpf_test_run_opts
            {
                sz = (nuint)sizeof(bpf_test_run_opts),
                data_in = data,
                data_size_in = (uint)packet.Length,
                data_out = room,
                data_size_out = PacketRoom,
                ctx_in = context is null ? null : &before,
                ctx_size_in = context is null ? 0 : (uint)sizeof(SkBuff),
                ctx_out = &after,
                ctx_size_out = (uint)sizeof(SkBuff),
                repeat = repeat,
            };
            BpfResult.Check(LibBpf.ProgTestRun(Fd, &options), $"run program {Name} on {packet.Length} bytes");
            return new((int)options.retval, output[..(int)options.data_size_out], after,
                TimeSpan.FromTicks(options.duration / TimeSpan.NanosecondsPerTick));
        }
    }

    /// <summary>Runs a <c>SEC("syscall")</c> program (kernel 5.14); it reads and writes <paramref name="context"/>.</summary>
    /// <returns>What the program returned.</returns>
    public int Run<T>(ref T context) where T : unmanaged
    {
        fixed (T* pointer = &context)
        {
            var options = new bpf_test_run_opts
            {
                sz = (nuint)sizeof(bpf_test_run_opts),
                ctx_in = pointer,
                ctx_size_in = (uint)sizeof(T),
            };
            BpfResult.Check(LibBpf.ProgTestRun(Fd, &options), $"run program {Name}");
            return (int)options.retval;
        }
    }

    public void Dispose() => Fd.Dispose();
}
