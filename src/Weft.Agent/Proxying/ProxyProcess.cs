using System.Diagnostics;

namespace Weft.Agent.Proxying;

/// <summary>Starts the proxy so that it outlives the agent: in a session of its own, nobody's child.</summary>
static class ProxyProcess
{
    /// <summary>Says its messages where the agent's go under systemd, and in a file of the folder otherwise.</summary>
    const string Detach = """
        if [ -n "$JOURNAL_STREAM" ]; then setsid "$@" </dev/null & else setsid "$@" </dev/null >>"$0" 2>&1 & fi
        """;

    /// <exception cref="System.ComponentModel.Win32Exception">There is no shell.</exception>
    internal static void Start(IReadOnlyList<string> command, string folder)
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (var argument in (string[])["-c", Detach, Path.Combine(folder, "proxy.log"), .. command, "--state", folder])
            start.ArgumentList.Add(argument);
        using var shell = Process.Start(start)!;
        shell.WaitForExit(); // at once: it only leaves the proxy behind
    }
}
