namespace Weft.Daemon.Startup;

/// <summary>
/// Keeps a second daemon out of the first one's folders. The lock is the kernel's (<c>flock</c>): it ends with the
/// process, however that ends.
/// </summary>
sealed class InstanceLock : IDisposable
{
    readonly FileStream file;

    InstanceLock(FileStream file) => this.file = file;

    /// <exception cref="StartupException">another process holds it</exception>
    public static InstanceLock Take(string directory, string role)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, $"{role}.lock");
        try
        {
            return new(new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            throw new StartupException(
                $"another weftd {role} runs with {directory}; stop it, or choose other folders with --run and --data");
        }
    }

    public void Dispose() => file.Dispose();
}
