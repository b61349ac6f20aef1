using System.Runtime.InteropServices;
using System.Text;
using Weft.Linux.Interop;

namespace Weft.Dataplane.Interop;

/// <summary>libbpf by its C names: objects and programs. Needs libbpf 1.0 or newer (Debian 12 has 1.1).</summary>
/// <remarks>
/// Functions that give an int answer -errno; those that give a pointer answer null and set errno. What libbpf would
/// print goes into <see cref="TakeWarnings"/> of the calling thread, to become part of the exception's text.
/// </remarks>
static unsafe partial class LibBpf
{
    const string Library = "libbpf.so.1";

    [ThreadStatic] static StringBuilder? t_warnings;

    static LibBpf() => SetPrint(&Print);

    /// <summary>What libbpf warned about on this thread since the last call.</summary>
    internal static string TakeWarnings()
    {
        var text = t_warnings?.ToString().Trim() ?? "";
        t_warnings?.Clear();
        return text;
    }

    // va_list is handed over as a pointer on x86-64 (an array) and on arm64 (a struct larger than 16 bytes).
    [UnmanagedCallersOnly(CallConvs = [typeof(System.Runtime.CompilerServices.CallConvCdecl)])]
    static int Print(int level, byte* format, nint arguments)
    {
        const int warning = 0;
        const int enough = 8192;
        if (level != warning)
            return 0;
        var buffer = stackalloc byte[512];
        var length = Math.Min(FormatV(buffer, 512, format, arguments), 511);
        var warnings = t_warnings ??= new StringBuilder();
        if (length > 0 && warnings.Length < enough)
            warnings.Append(Encoding.UTF8.GetString(buffer, length));
        return 0;
    }

    [LibraryImport("libc", EntryPoint = "vsnprintf")]
    private static partial int FormatV(byte* buffer, nuint size, byte* format, nint arguments);

    [LibraryImport(Library, EntryPoint = "libbpf_set_print")]
    private static partial nint SetPrint(delegate* unmanaged[Cdecl]<int, byte*, nint, int> print);

    [LibraryImport(Library, EntryPoint = "libbpf_num_possible_cpus")]
    internal static partial int NumPossibleCpus();

    [LibraryImport(Library, EntryPoint = "bpf_object__open_mem", SetLastError = true)]
    internal static partial SafeBpfObject ObjectOpenMem(byte* data, nuint size, bpf_object_open_opts* options);

    [LibraryImport(Library, EntryPoint = "bpf_object__close")]
    internal static partial void ObjectClose(nint handle);

    [LibraryImport(Library, EntryPoint = "bpf_object__load")]
    internal static partial int ObjectLoad(SafeBpfObject handle);

    [LibraryImport(Library, EntryPoint = "bpf_object__btf")]
    internal static partial nint ObjectBtf(SafeBpfObject handle);

    [LibraryImport(Library, EntryPoint = "bpf_object__next_program")]
    internal static partial nint ObjectNextProgram(SafeBpfObject handle, nint previous);

    [LibraryImport(Library, EntryPoint = "bpf_object__next_map")]
    internal static partial nint ObjectNextMap(SafeBpfObject handle, nint previous);

    [LibraryImport(Library, EntryPoint = "bpf_program__name")]
    internal static partial byte* ProgramName(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_program__fd")]
    internal static partial int ProgramFd(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_program__set_log_buf")]
    internal static partial int ProgramSetLogBuf(nint program, byte* buffer, nuint size);

    [LibraryImport(Library, EntryPoint = "bpf_prog_test_run_opts")]
    internal static partial int ProgTestRun(SafeFd fd, bpf_test_run_opts* options);

    [LibraryImport(Library, EntryPoint = "bpf_obj_get_info_by_fd")]
    internal static partial int ObjGetInfoByFd(SafeFd fd, void* info, ref uint length);

    [LibraryImport(Library, EntryPoint = "bpf_obj_pin", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ObjPin(SafeFd fd, string path);

    [LibraryImport(Library, EntryPoint = "bpf_obj_get", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ObjGet(string path);

    [LibraryImport(Library, EntryPoint = "btf__find_by_name_kind", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int BtfFindByNameKind(nint btf, string name, uint kind);

    [LibraryImport(Library, EntryPoint = "btf__type_by_id")]
    internal static partial btf_type* BtfTypeById(nint btf, uint id);

    [LibraryImport(Library, EntryPoint = "btf__name_by_offset")]
    internal static partial byte* BtfNameByOffset(nint btf, uint offset);
}
