using System.Globalization;

namespace Weft.Kernel.Tests;

/// <summary>Names of what this test process makes: weftt-PID-NUMBER-LABEL. Tells live runs from dead ones.</summary>
static class RunName
{
    internal const string Prefix = "weftt-";

    /// <summary>An agent names the namespace of its services so, and itself behind it.</summary>
    const string OfServices = "weft-svc-";

    /// <summary>And those of load balancers' proxies.</summary>
    const string OfProxies = "weft-lb-";

    static int _counter;

    internal static string Next(string label) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref _counter)}-{label}");

    /// <summary>Ours by name, and the process that made it is gone.</summary>
    internal static bool IsOfDeadRun(string name)
    {
        foreach (var prefix in (string[])[OfServices, OfProxies])
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
                name = name[prefix.Length..];
        }
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        var digits = name[Prefix.Length..].Split('-')[0];
        return int.TryParse(digits, CultureInfo.InvariantCulture, out var pid) && !IsLiveRun(pid);
    }

    // The number may belong to an unrelated process by now: a test run has our name in its command line.
    static bool IsLiveRun(int pid)
    {
        try
        {
            return pid == Environment.ProcessId
                || File.ReadAllText($"/proc/{pid}/cmdline").Contains("Weft.", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
