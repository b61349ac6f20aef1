namespace Weft.E2E.Tests.Harness;

/// <summary>Where things are.</summary>
static class Repository
{
    internal static string Root { get; } = FindRoot();

    /// <summary>With <c>weftd</c> and <c>weft</c> before everything else.</summary>
    internal static string Path { get; } = string.Join(':', Newest("weftd"), Newest("weft"), "/usr/bin", "/usr/sbin", "/bin", "/sbin");

    internal static string Hosts => System.IO.Path.Combine(Root, "eng", "hosts.sh");

    static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(folder, "Weft.slnx")))
            folder = System.IO.Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("not in the repository");
        return folder;
    }

    /// <summary>The folder of the newest build of a program, published or not.</summary>
    static string Newest(string program)
    {
        var built = new[] { "publish", "bin" }
            .SelectMany(kind => new[] { "release", "debug" }.Select(flavour => System.IO.Path.Combine(Root, "artifacts", kind, program, flavour)))
            .Where(folder => File.Exists(System.IO.Path.Combine(folder, program)))
            .OrderByDescending(folder => new DirectoryInfo(folder).EnumerateFiles().Max(file => file.LastWriteTimeUtc))
            .FirstOrDefault();
        return built ?? throw new InvalidOperationException($"{program} has not been built: make publish");
    }
}
