using Weft.Linux.Interop;
using static Weft.Linux.Interop.LibcConstants;

namespace Weft.Linux.Namespaces;

/// <summary>Namespaces that live by a bind mount under /run/netns, in iproute2's manner.</summary>
/// <remarks>
/// /run/netns is made a shared mount, so that a name removed here goes from the mount namespaces of others too, and
/// the namespace with it. The folder is locked meanwhile, as iproute2 does: two that start at once would otherwise
/// stack mounts on it.
/// </remarks>
static class NamedNamespaces
{
    const string Folder = "/run/netns";

    internal static string PathOf(string name)
    {
        if (name.Length is 0 or > 255 || name is "." or ".." || name.Contains('/', StringComparison.Ordinal))
            throw new ArgumentException($"'{name}' is no name of a network namespace", nameof(name));
        return $"{Folder}/{name}";
    }

    internal static SafeFd Create(string name)
    {
        var path = PathOf(name);
        PrepareFolder();
        var created = Libc.Open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
        SafeFd.Own(created, $"create network namespace {name}").Dispose();
        try
        {
            SafeFd? fd = null;
            NamespaceThread.Run(target: null, () => fd = Mount(path));
            return fd!;
        }
        catch
        {
            Delete(name);
            throw;
        }
    }

    internal static bool Delete(string name)
    {
        var path = PathOf(name);
        if (!File.Exists(path))
            return false;
        try
        {
            // A plain file is what remains of a creation that broke off before the mount.
            if (!IsPlainFile(path))
                LinuxException.ThrowIfNegative(Libc.Unmount(path, MNT_DETACH), $"delete network namespace {name}");
        }
        catch (LinuxException e) when (e.Errno is Errno.EINVAL or Errno.ENOENT)
        {
            // somebody else removes it at this moment
        }
        File.Delete(path);
        return true;
    }

    internal static IReadOnlyList<string> List() =>
        Directory.Exists(Folder)
            ? [.. Directory.EnumerateFiles(Folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
            : [];

    static SafeFd Mount(string path)
    {
        LinuxException.ThrowIfNegative(
            Libc.Mount("/proc/thread-self/ns/net", path, "none", MS_BIND, 0), $"mount {path}");
        return NetNs.OpenFile(path);
    }

    static bool IsPlainFile(string path)
    {
        using var fd = NetNs.OpenFile(path);
        return Libc.Ioctl(fd, NS_GET_NSTYPE) < 0;
    }

    static void PrepareFolder()
    {
        Directory.CreateDirectory(Folder);
        using var folder = NetNs.OpenFile(Folder);
        LinuxException.ThrowIfNegative(Libc.Flock(folder, LOCK_EX), $"lock {Folder}");
        if (Libc.Mount("", Folder, "none", MS_SHARED | MS_REC, 0) == 0)
            return;
        LinuxException.ThrowIfNegative(
            Libc.Mount(Folder, Folder, "none", MS_BIND | MS_REC, 0), $"mount {Folder}");
        LinuxException.ThrowIfNegative(
            Libc.Mount("", Folder, "none", MS_SHARED | MS_REC, 0), $"share {Folder}");
    }
}
