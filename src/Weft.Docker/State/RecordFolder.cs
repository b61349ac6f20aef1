using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Weft.Docker.State;

/// <summary>
/// Small records on disk, one file each, all of them in memory too. A record is whole or not there, also
/// after power is lost.
/// </summary>
sealed class RecordFolder<T> where T : class
{
    const string Extension = ".json";
    readonly Lock _writing = new();
    readonly ConcurrentDictionary<string, T> _records = new(StringComparer.Ordinal);
    readonly string _folder;
    readonly JsonTypeInfo<T> _type;

    public RecordFolder(string folder, JsonTypeInfo<T> type)
    {
        (_folder, _type) = (folder, type);
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(folder, "*" + Extension))
        {
            if (Read(file) is { } record)
                _records[Path.GetFileNameWithoutExtension(file)] = record;
        }
    }

    public IReadOnlyDictionary<string, T> All => _records;

    public T? Find(string id) => _records.GetValueOrDefault(id);

    /// <param name="id">From Docker: hexadecimal digits. Anything else is refused, as it names a file.</param>
    /// <param name="record">Replaces what was there.</param>
    public void Put(string id, T record)
    {
        lock (_writing)
            Write(id, record);
    }

    /// <summary>Changes what is there, whoever else changes it meanwhile.</summary>
    /// <returns>As it is now; null: there is none.</returns>
    public T? Change(string id, Func<T, T> change)
    {
        lock (_writing)
        {
            if (Find(id) is not { } known)
                return null;
            var changed = change(known);
            Write(id, changed);
            return changed;
        }
    }

    void Write(string id, T record)
    {
        var file = FileOf(id);
        var next = file + ".new";
        using (var stream = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(stream, record, _type);
            stream.Flush(flushToDisk: true);
        }
        File.Move(next, file, overwrite: true);
        _records[id] = record;
    }

    public void Remove(string id)
    {
        lock (_writing)
        {
            File.Delete(FileOf(id));
            _records.TryRemove(id, out _);
        }
    }

    string FileOf(string id) => id.Length is > 0 and <= 64 && id.All(char.IsAsciiLetterOrDigit)
        ? Path.Combine(_folder, id + Extension)
        : throw new DriverException($"'{id}' is not an id of Docker");

    T? Read(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return JsonSerializer.Deserialize(stream, _type);
        }
        catch (JsonException)
        {
            return null; // not ours, or of a version that wrote otherwise: Docker is asked instead
        }
    }
}
