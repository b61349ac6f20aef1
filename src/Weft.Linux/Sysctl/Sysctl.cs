using System.Globalization;

namespace Weft.Linux;

/// <summary>Settings under /proc/sys/net of one namespace.</summary>
/// <remarks>The kernel shows each thread the settings of its own namespace, so they are read and written inside.</remarks>
public sealed class Sysctl(NetNs ns)
{
    /// <summary>Writes settings given as paths below net/, such as "ipv6/conf/eth0/accept_ra".</summary>
    /// <exception cref="IOException">No such setting or a refused value.</exception>
    public void Write(params IReadOnlyCollection<(string Path, int Value)> settings) => ns.Run(() =>
    {
        foreach (var (path, value) in settings)
            WriteHere(path, value);
    });

    /// <summary>Writes a setting that is more than a number.</summary>
    /// <exception cref="IOException">No such setting or a refused value.</exception>
    public void Write(string path, string value) => ns.Run(() => File.WriteAllText(FullPath(path), value));

    /// <summary>Reads one setting as text, without the line end.</summary>
    public string Read(string path) => ns.Run(() => File.ReadAllText(FullPath(path)).TrimEnd('\n'));

    /// <summary>False: the kernel has no such setting (IPv6 left out of it, or no such interface).</summary>
    public bool Exists(string path) => ns.Run(() => File.Exists(FullPath(path)));

    /// <summary>Writes in the calling thread's namespace.</summary>
    internal static void WriteHere(string path, int value)
    {
        Span<byte> text = stackalloc byte[16];
        value.TryFormat(text, out var length, provider: CultureInfo.InvariantCulture);
        using var file = File.OpenHandle(FullPath(path), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(file, text[..length], 0);
    }

    /// <summary>
    /// Writes only what differs. For settings whose write takes the kernel's network lock, which it tries in a busy
    /// loop while somebody else has it.
    /// </summary>
    internal static void EnsureHere(string path, int value)
    {
        if (File.ReadAllText(FullPath(path)).TrimEnd('\n') != value.ToString(CultureInfo.InvariantCulture))
            WriteHere(path, value);
    }

    internal static bool ExistsHere(string path) => File.Exists(FullPath(path));

    // In a path, a dot of an interface's name stays a dot; only the dotted notation has to swap it.
    static string FullPath(string path) =>
        path.Contains("..", StringComparison.Ordinal)
            ? throw new ArgumentException($"'{path}' leaves /proc/sys/net", nameof(path))
            : $"/proc/sys/net/{path}";
}
