using Weft.Linux;

namespace Weft.Kernel.Tests;

/// <summary>Removes what killed test runs left: their namespaces, their small disks and their BPF pins.</summary>
static class Sweep
{
    internal const string PinRoot = "/sys/fs/bpf/weft-test";
    static readonly Lazy<bool> Done = new(Run);

    internal static void Once() => _ = Done.Value;

    static bool Run()
    {
        foreach (var name in NetNs.Names().Where(RunName.IsOfDeadRun))
            NetNs.Delete(name);
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), RunName.Prefix + "*").Where(IsOfDeadRun))
            Unmount(folder);
        if (!Directory.Exists(PinRoot))
            return true;
        foreach (var folder in Directory.EnumerateDirectories(PinRoot))
        {
            if (RunName.IsOfDeadRun(Path.GetFileName(folder)))
                Remove(folder);
        }
        return true;
    }

    static bool IsOfDeadRun(string folder) => RunName.IsOfDeadRun(Path.GetFileName(folder));

    static void Unmount(string folder)
    {
        if (File.ReadLines("/proc/self/mounts").Any(line => line.Split(' ')[1] == folder))
            Command.Run("umount", "--lazy", folder);
        Remove(folder);
    }

    static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // another run sweeps too
        }
    }
}
