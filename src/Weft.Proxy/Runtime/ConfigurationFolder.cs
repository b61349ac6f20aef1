using System.Text.Json;
using Weft.Model.Proxying;

namespace Weft.Proxy.Runtime;

/// <summary>The folder with a file for each load balancer, and what is said about each in <c>status</c> below it.</summary>
sealed class ConfigurationFolder(string path)
{
    const string Pattern = "*.json";

    readonly Dictionary<string, string> _seen = [];
    readonly Dictionary<string, byte[]> _told = [];

    string StatusPath => Path.Combine(path, "status");

    /// <summary>Tells when something in it has changed, so that nobody has to wait for the next round.</summary>
    internal FileSystemWatcher? Watch(Action changed)
    {
        Directory.CreateDirectory(StatusPath);
        try
        {
            var watcher = new FileSystemWatcher(path, Pattern) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite };
            watcher.Created += (_, change) => Touch(change.Name);
            watcher.Changed += (_, change) => Touch(change.Name);
            watcher.Deleted += (_, change) => Touch(change.Name);
            watcher.Renamed += (_, change) => Touch(change.Name);
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (IOException)
        {
            return null; // as many watches as the host allows: the rounds find it
        }

        void Touch(string? name)
        {
            lock (_seen)
                _seen.Remove(name ?? "");
            changed();
        }
    }

    /// <summary>The files that are there, and of each its text when it is another than before.</summary>
    internal List<(string Name, byte[]? Changed)> Read()
    {
        var files = new List<(string, byte[]?)>();
        foreach (var file in new DirectoryInfo(path).EnumerateFiles(Pattern).OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            var stamp = FormattableString.Invariant($"{file.LastWriteTimeUtc.Ticks}/{file.Length}");
            bool known;
            lock (_seen)
            {
                known = _seen.GetValueOrDefault(file.Name) == stamp;
                _seen[file.Name] = stamp;
            }
            try
            {
                files.Add((file.Name, known ? null : File.ReadAllBytes(file.FullName)));
            }
            catch (IOException)
            {
                lock (_seen)
                    _seen.Remove(file.Name); // gone meanwhile, or the next round reads it
            }
        }
        return files;
    }

    /// <summary>Writes what has become of a load balancer, when it is anything new.</summary>
    internal void Tell(string name, ProxyStatus status)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(status, ProxyJson.Default.ProxyStatus);
        if (_told.GetValueOrDefault(name) is { } last && last.AsSpan().SequenceEqual(json))
            return;
        var file = Path.Combine(StatusPath, name);
        File.WriteAllBytes(file + ".new", json);
        File.Move(file + ".new", file, overwrite: true);
        _told[name] = json;
    }

    internal void Forget(string name)
    {
        _told.Remove(name);
        File.Delete(Path.Combine(StatusPath, name));
    }
}
