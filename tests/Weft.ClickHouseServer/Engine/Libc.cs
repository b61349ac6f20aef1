using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Weft.ClickHouseServer.Engine;

static partial class Libc
{
    const uint MFD_CLOEXEC = 1;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int memfd_create(string name, uint flags);

    [LibraryImport("libc")]
    public static partial int gettid();

    /// <summary>Ends the process without the library's destructors, which crash when its threads still run.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void Exit(int status);

    /// <summary>A file in memory, which the engine opens by <see cref="PathOf"/>.</summary>
    public static SafeFileHandle CreateMemoryFile(string name)
    {
        var descriptor = memfd_create(name, MFD_CLOEXEC);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new Win32Exception(Marshal.GetLastPInvokeError(), "memfd_create failed");
    }

    /// <summary>A path by which this process, and so the engine in it, opens what is behind a handle.</summary>
    public static string PathOf(SafeHandle handle) => $"/proc/self/fd/{handle.DangerousGetHandle()}";
}
