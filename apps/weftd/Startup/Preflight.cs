using System.Runtime.InteropServices;

namespace Weft.Daemon.Startup;

/// <summary>What an agent needs of its host, looked at before anything is touched, all of it in one go.</summary>
static class Preflight
{
    /// <summary>The oldest kernel with everything that the vrouter uses.</summary>
    static readonly Version OldestKernel = new(5, 15);

    const string Btf = "/sys/kernel/btf/vmlinux";

    /// <exception cref="StartupException">with one line for each thing that is missing</exception>
    public static void CheckAgent()
    {
        var missing = new List<string>();
        if (!Environment.IsPrivilegedProcess)
            missing.Add("root: the agent makes interfaces and loads eBPF programs; use sudo");
        if (Environment.OSVersion.Version < OldestKernel)
            missing.Add($"Linux {OldestKernel} or newer: this is {Environment.OSVersion.Version}");
        if (!File.Exists(Btf))
            missing.Add(
                $"a kernel with BTF ({Btf}, CONFIG_DEBUG_INFO_BTF): the kernels of Debian, Ubuntu, Fedora and RHEL have it");
        if (!NativeLibrary.TryLoad("libbpf.so.1", out var library))
            missing.Add("libbpf 1.0 or newer: apt install libbpf1, or dnf install libbpf");
        else
            NativeLibrary.Free(library);
        if (missing.Count > 0)
            throw new StartupException("this host lacks what an agent needs:", missing);
    }
}
