using Weft.Dataplane.Interop;
using Weft.Linux;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>Mounts bpffs once, also when several agents start at the same moment.</summary>
static class BpffsMount
{
    // A second mount would hide the pins of the first, so looking and mounting happen under a lock.
    const string LockFolder = "/sys/fs";

    internal static void Ensure()
    {
        using var fd = new SafeFd(LinuxException.ThrowIfNegative(
            LibC.Open(LockFolder, LibC.O_DIRECTORY_CLOEXEC), $"open {LockFolder}"));
        LinuxException.ThrowIfNegative(LibC.Flock(fd, LibC.LOCK_EX), $"lock {LockFolder}");
        switch (LibC.FileSystemType(PinDirectory.Bpffs))
        {
            case LibC.BPF_FS_MAGIC:
                return;
            case 0:
                throw new FeatureNotSupportedException("the bpf file system (CONFIG_BPF_SYSCALL)", new Version(4, 4));
            default:
                LinuxException.ThrowIfNegative(
                    LibC.Mount("bpf", PinDirectory.Bpffs, "bpf", flags: 0, "mode=0700"), $"mount {PinDirectory.Bpffs}");
                break;
        }
    }
}
