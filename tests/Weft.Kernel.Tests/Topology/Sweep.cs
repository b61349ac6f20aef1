using Weft.Linux;

namespace Weft.Kernel.Tests;

/// <summary>Removes what killed test runs left: their namespaces and their BPF pins.</summary>
static class Sweep
{
    internal const string PinRoot = "/sys/fs/bpf/weft-test";
    static readonly Lazy<bool> Done = new(Run);

    internal static void Once() => _ = Done.Value;

    static bool Run()
    {
        foreach (var name in NetNs.Names().Where(RunName.IsOfDeadRun))
            NetNs.Delete(name);
        if (!Directory.Exists(PinRoot))
            return true;
        foreach (var folder in Directory.EnumerateDirectories(PinRoot))
        {
            if (RunName.IsOfDeadRun(Path.GetFileName(folder)))
                Remove(folder);
        }
        return true;
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
