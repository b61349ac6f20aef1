using System.Runtime.InteropServices;
using Weft.Linux;
using Weft.Linux.Interop;

namespace Weft.Dataplane.Interop;

/// <summary>File descriptors that libbpf owns become ours by duplication.</summary>
static partial class SafeFds
{
    const int F_DUPFD_CLOEXEC = 1030;

    internal static SafeFd Duplicate(int fd) =>
        new(LinuxException.ThrowIfNegative(Fcntl(fd, F_DUPFD_CLOEXEC, 3), "duplicate a file descriptor"));

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(int fd, int command, int argument);
}
