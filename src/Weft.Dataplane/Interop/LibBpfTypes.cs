using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Weft.Dataplane.Interop;

/// <summary>Owns a <c>struct bpf_object</c>.</summary>
sealed class SafeBpfObject() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        LibBpf.ObjectClose(handle);
        return true;
    }
}

/// <summary>Errors that only bpf(2) gives, or that only the data plane tells apart.</summary>
static class BpfErrno
{
    internal const int E2BIG = 7;
    internal const int EFAULT = 14;
    internal const int ENOLINK = 67;
    /// <summary>Kernel-internal "not supported" that leaks out of bpf(2).</summary>
    internal const int ENOTSUPP = 524;
}

#pragma warning disable CS8981, CS0649 // C names; fields that only libbpf writes
[StructLayout(LayoutKind.Sequential)]
unsafe struct bpf_object_open_opts
{
    public nuint sz;
    public byte* object_name;
    public byte relaxed_maps;
    public byte* pin_root_path;
    public uint unused;
    public byte* kconfig;
    public byte* btf_custom_path;
    public byte* kernel_log_buf;
    public nuint kernel_log_size;
    public uint kernel_log_level;
}

[StructLayout(LayoutKind.Sequential)]
unsafe struct bpf_test_run_opts
{
    public nuint sz;
    public void* data_in;
    public void* data_out;
    public uint data_size_in;
    public uint data_size_out;
    public void* ctx_in;
    public void* ctx_out;
    public uint ctx_size_in;
    public uint ctx_size_out;
    public uint retval;
    public int repeat;
    public uint duration;
    public uint flags;
    public uint cpu;
    public uint batch_size;
}

[StructLayout(LayoutKind.Sequential)]
struct bpf_tc_hook
{
    public nuint sz;
    public int ifindex;
    public int attach_point;
    public uint parent;
}

[StructLayout(LayoutKind.Sequential)]
struct bpf_tc_opts
{
    public nuint sz;
    public int prog_fd;
    public uint flags;
    public uint prog_id;
    public uint handle;
    public uint priority;
}

/// <summary>The part of the kernel's answer that is used; the kernel fills as much as it is given.</summary>
[StructLayout(LayoutKind.Sequential)]
struct bpf_map_info
{
    public BpfMapType type;
    public uint id;
    public uint key_size;
    public uint value_size;
    public uint max_entries;
    public uint map_flags;
}

[StructLayout(LayoutKind.Sequential)]
struct bpf_prog_info
{
    public uint type;
    public uint id;
}

/// <summary>The union's tcx part (kernel 6.6).</summary>
[StructLayout(LayoutKind.Sequential)]
struct bpf_link_info
{
    public uint type;
    public uint id;
    public uint prog_id;
    public uint hole;
    public uint tcx_ifindex; // 0: the interface is gone
    public uint tcx_attach_type;
}

[StructLayout(LayoutKind.Sequential)]
struct btf_type
{
    public const uint DataSection = 15;
    public uint name_off;
    public uint info;
    public uint size_or_type;

    public readonly int Length => (int)(info & 0xffff);
}

[StructLayout(LayoutKind.Sequential)]
struct btf_var_secinfo
{
    public uint type;
    public uint offset;
    public uint size;
}
#pragma warning restore CS8981, CS0649
