using System.Runtime.InteropServices;
using Weft.Linux.Interop;

namespace Weft.Dataplane.Interop;

/// <summary>Attachment: links (tcx) and netlink filters (clsact).</summary>
static unsafe partial class LibBpf
{
    /// <summary>Kernel 6.6: ingress of an interface, in an ordered list of links.</summary>
    internal const int BPF_TCX_INGRESS = 46;
    internal const uint BPF_LINK_TYPE_TCX = 11;
    internal const int BPF_TC_INGRESS = 1;
    internal const uint BPF_TC_F_REPLACE = 1;

    [LibraryImport(Library, EntryPoint = "bpf_link_create")]
    internal static partial int LinkCreate(SafeFd program, int target, int attachType, void* options);

    [LibraryImport(Library, EntryPoint = "bpf_link_update")]
    internal static partial int LinkUpdate(SafeFd link, SafeFd program, void* options);

    [LibraryImport(Library, EntryPoint = "bpf_tc_hook_create")]
    internal static partial int TcHookCreate(bpf_tc_hook* hook);

    [LibraryImport(Library, EntryPoint = "bpf_tc_attach")]
    internal static partial int TcAttach(bpf_tc_hook* hook, bpf_tc_opts* options);

    [LibraryImport(Library, EntryPoint = "bpf_tc_detach")]
    internal static partial int TcDetach(bpf_tc_hook* hook, bpf_tc_opts* options);
}
