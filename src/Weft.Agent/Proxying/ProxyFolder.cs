using System.Text.Json;
using Weft.Agent.Sync;
using Weft.Model.Proxying;

namespace Weft.Agent.Proxying;

/// <summary>The files between agent and proxy.</summary>
sealed class ProxyFolder(string path)
{
    const string LockName = "proxy.lock";

    readonly Dictionary<Guid, byte[]> _written = [];

    internal string Path => path;

    /// <summary>Load balancers that have a file, whoever wrote it.</summary>
    internal IReadOnlyList<Guid> Files() => !Directory.Exists(path)
        ? []
        : [.. Directory.EnumerateFiles(path, "*.json")
            .Select(file => Guid.TryParse(System.IO.Path.GetFileNameWithoutExtension(file), out var uid) ? uid : Guid.Empty)
            .Where(uid => uid != Guid.Empty)];

    /// <summary>Writes what is new, whole or not at all: private keys are in it, so only root may read it.</summary>
    internal void Write(ProxyConfiguration configuration)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(configuration, ProxyJson.Default.ProxyConfiguration);
        if (_written.TryGetValue(configuration.Uid, out var last) && last.AsSpan().SequenceEqual(json) && File.Exists(FileOf(configuration.Uid)))
            return;
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        AtomicFile.Write(FileOf(configuration.Uid), stream => stream.Write(json));
        _written[configuration.Uid] = json;
    }

    internal void Remove(Guid balancer)
    {
        _written.Remove(balancer);
        File.Delete(FileOf(balancer));
    }

    /// <summary>What the proxy says; null: nothing yet.</summary>
    internal ProxyStatus? StatusOf(Guid balancer)
    {
        try
        {
            return JsonSerializer.Deserialize(
                File.ReadAllBytes(System.IO.Path.Combine(path, "status", $"{balancer}.json")), ProxyJson.Default.ProxyStatus);
        }
        catch (Exception failure) when (failure is IOException or JsonException)
        {
            return null; // of a proxy that is newer or older, or that has not said anything
        }
    }

    /// <summary>Somebody holds the lock: the kernel gives it back when that process ends, however it does.</summary>
    internal bool IsServed()
    {
        try
        {
            using var mine = new FileStream(System.IO.Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    string FileOf(Guid balancer) => System.IO.Path.Combine(path, $"{balancer}.json");
}
