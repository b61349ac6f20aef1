using Weft.Dataplane.Interop;
using Weft.Linux;
using Weft.Linux.Interop;

namespace Weft.Dataplane;

/// <summary>The folder in bpffs where one node keeps its maps and links while no agent runs.</summary>
/// <remarks>
/// <c>maps/NAME</c> and <c>links/HOOK-IFINDEX</c>. Whoever holds <see cref="Lock"/> owns the folder; the kernel gives the
/// lock back when the owner dies, however it dies. Pins are made under a temporary name and renamed, so a name is
/// either the old object or the new one.
/// </remarks>
public sealed class PinDirectory(string path)
{
    /// <summary>Where the kernel wants bpffs.</summary>
    public const string Bpffs = "/sys/fs/bpf";

    const string Temporary = "_new";

    public string Path { get; } = path;

    internal string Maps { get; } = System.IO.Path.Combine(path, "maps");

    internal string Links { get; } = System.IO.Path.Combine(path, "links");

    /// <summary>The folder of an instance: /sys/fs/bpf/weft/NAME.</summary>
    public static PinDirectory Of(string instance) => new($"{Bpffs}/weft/{instance}");

    /// <summary>Makes the folder, mounting bpffs when nobody has.</summary>
    /// <exception cref="LinuxException">EPERM or EACCES: no privilege. EINVAL: the path is outside of bpffs.</exception>
    public void Create()
    {
        if (Path.StartsWith(Bpffs + '/', StringComparison.Ordinal))
            BpffsMount.Ensure();
        try
        {
            Directory.CreateDirectory(Maps);
            Directory.CreateDirectory(Links);
        }
        catch (UnauthorizedAccessException)
        {
            throw new LinuxException($"make {Path}", Errno.EACCES, BpfResult.NoPrivilege);
        }
        if (LibC.FileSystemType(Path) != LibC.BPF_FS_MAGIC)
            throw new LinuxException($"use {Path} for pins", Errno.EINVAL, $"not on a bpf file system; choose a path below {Bpffs}");
    }

    /// <summary>Becomes the owner until the handle is closed.</summary>
    /// <exception cref="InvalidOperationException">Another process, or this one already, owns it.</exception>
    public SafeFd Lock()
    {
        var fd = new SafeFd(LinuxException.ThrowIfNegative(
            LibC.Open(Path, LibC.O_DIRECTORY_CLOEXEC), $"open {Path}"));
        if (LibC.Flock(fd, LibC.LOCK_EX | LibC.LOCK_NB) == 0)
            return fd;
        fd.Dispose();
        throw new InvalidOperationException($"another agent is using {Path}");
    }

    /// <summary>Removes every pin and the folder; what nobody else holds is gone with it.</summary>
    public void Delete()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }

    /// <summary>Opens what is pinned at a path; null when nothing is.</summary>
    internal static SafeFd? TryOpen(string path)
    {
        var result = LibBpf.ObjGet(path);
        return result == -Errno.ENOENT ? null : BpfResult.Fd(result, $"open pin {path}");
    }

    /// <summary>Pins, in place of whatever had the name.</summary>
    internal static void Pin(SafeFd fd, string path)
    {
        var temporary = path + Temporary;
        File.Delete(temporary);
        BpfResult.Check(LibBpf.ObjPin(fd, temporary), $"pin {path}");
        File.Move(temporary, path, overwrite: true);
    }
}
