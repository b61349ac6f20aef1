using System.Runtime.InteropServices;
using Weft.Linux.Interop;

namespace Weft.Dataplane.Interop;

/// <summary>The few system calls beside bpf(2) that pins and memory of maps need.</summary>
static unsafe partial class LibC
{
    internal const long BPF_FS_MAGIC = 0xcafe4a11;
    internal const int O_DIRECTORY_CLOEXEC = 0x10000 | 0x80000;
    internal const int LOCK_EX = 2;
    internal const int LOCK_NB = 4;

    internal const int PROT_READ = 1;
    internal const int PROT_READ_WRITE = 3;
    internal const int MAP_SHARED = 1;
    internal const nint MAP_FAILED = -1;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint MapShared(nint address, nuint length, int protection, int flags, SafeFd fd, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    internal static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    internal static partial int Flock(SafeFd fd, int operation);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Mount(string source, string target, string type, nuint flags, string data);

    /// <summary>The type of the file system that holds a path; 0 when there is no such path.</summary>
    internal static long FileSystemType(string path)
    {
        var buffer = stackalloc long[32]; // struct statfs has 120 bytes; the type comes first
        return StatFs(path, buffer) < 0 ? 0 : *buffer;
    }

    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatFs(string path, void* buffer);
}
